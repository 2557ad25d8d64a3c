import type { KubernetesClusterFile, WorkerGroup } from '../kubernetes-file.ts';
import { aktisPod } from './aktis-pod.ts';
import { type Manifest, metadata, names, selector } from './names.ts';
import { natsManifests } from './nats.ts';

/** The objects of a cluster, by the file they go to, in the order in which they are applied. */
export function manifests(file: KubernetesClusterFile): Record<'namespace' | 'nats' | 'head' | 'workers', Manifest[]> {
  const { namespace } = names(file);
  return {
    namespace: [
      {
        apiVersion: 'v1',
        kind: 'Namespace',
        metadata: { name: namespace, labels: { 'app.kubernetes.io/name': 'aktis' } },
      },
    ],
    nats: natsManifests(file),
    head: headManifests(file),
    workers: (file.workers ?? []).map(group => workerDeployment(file, group)),
  };
}

/** One pod; another takes its place when it dies. */
function headManifests(file: KubernetesClusterFile): Manifest[] {
  const { head } = names(file);
  const labels = selector(file, 'head');
  return [
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: metadata(file, head, 'head'),
      spec: { selector: labels, ports: [{ name: 'dashboard', port: 8265, targetPort: 8265 }] },
    },
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: metadata(file, head, 'head'),
      spec: {
        replicas: 1,
        // Two heads at a time are refused.
        strategy: { type: 'Recreate' },
        selector: { matchLabels: labels },
        template: aktisPod(file, { component: 'head', args: ['--head', '--num-cpus', '0'], ...file.head }),
      },
    },
  ];
}

function workerDeployment(file: KubernetesClusterFile, group: WorkerGroup): Manifest {
  const { name, replicas, custom_resources, labels = {}, resources = {} } = group;
  const component = `worker-${name}`;
  const { cpu, gpus } = resources;
  const args = [
    ...(cpu === undefined ? [] : ['--num-cpus', String(cpus(String(cpu)))]),
    ...(gpus === undefined ? [] : ['--num-gpus', String(gpus)]),
    ...(custom_resources === undefined ? [] : ['--resources', JSON.stringify(custom_resources)]),
    ...Object.entries({ ...labels, group: name }).flatMap(([key, value]) => ['--labels', `${key}=${value}`]),
  ];
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: metadata(file, names(file).workers(name), component),
    spec: {
      replicas,
      selector: { matchLabels: selector(file, component) },
      template: aktisPod(file, { ...group, component, args }),
    },
  };
}

/** Whole CPUs, at least one: a node cannot offer half of one to tasks that ask for one. */
function cpus(quantity: string): number {
  const number = quantity.endsWith('m') ? Number(quantity.slice(0, -1)) / 1000 : Number(quantity);
  return Math.max(1, Math.floor(number));
}
