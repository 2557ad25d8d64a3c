import { spawnSync } from 'node:child_process';
import { lstatSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Deployment } from 'kubernetes-models/apps/v1/Deployment';
import { StatefulSet } from 'kubernetes-models/apps/v1/StatefulSet';
import { PodDisruptionBudget } from 'kubernetes-models/policy/v1/PodDisruptionBudget';
import { ConfigMap } from 'kubernetes-models/v1/ConfigMap';
import { Namespace } from 'kubernetes-models/v1/Namespace';
import { Secret } from 'kubernetes-models/v1/Secret';
import { Service } from 'kubernetes-models/v1/Service';
import { parseAllDocuments } from 'yaml';

// What `aktis up` writes for Kubernetes, held against its schemas.

const bin = fileURLToPath(new URL('../../packages/aktis/bin/aktis.js', import.meta.url));
const schemas = { ConfigMap, Deployment, Namespace, PodDisruptionBudget, Secret, Service, StatefulSet };
type Kind = keyof typeof schemas;

interface Manifest {
  readonly kind: Kind;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  // biome-ignore lint/suspicious/noExplicitAny: each kind has fields of its own; the schemas check them
  readonly [field: string]: any;
}

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'aktis-kubernetes-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function up(file: string, ...args: string[]) {
  writeFileSync(join(folder, 'cluster.yaml'), file);
  return spawnSync(process.execPath, [bin, 'up', 'cluster.yaml', ...args], { cwd: folder, encoding: 'utf8' });
}

function written(): Manifest[] {
  const directory = join(folder, 'manifests');
  return readdirSync(directory)
    .toSorted()
    .flatMap(name => parseAllDocuments(readFileSync(join(directory, name), 'utf8')))
    .map(document => document.toJS() as Manifest);
}

const find = (kind: Kind, name: string) =>
  written().find(manifest => manifest.kind === kind && manifest.metadata.name === name) as Manifest;

const small = 'cluster_name: lab\nprovider:\n  type: kubernetes\n  image: registry.example/app:1\n';
const large = `cluster_name: lab
env:
  NODE_OPTIONS: --max-old-space-size=4096
provider:
  type: kubernetes
  image: registry.example/app:1
  namespace: research
  control_servers: 3
  storage: 20Gi
  storage_class: fast
  image_pull_secrets: [registry]
  service_account: aktis
head:
  resources: { cpu: "1", memory: 2Gi }
workers:
  - name: cpu
    replicas: 3
    resources: { cpu: 3500m, memory: 8Gi }
    labels: { zone: a }
  - name: gpu
    replicas: 1
    resources: { cpu: "4", memory: 16Gi, gpus: 1 }
    custom_resources: { tpu: 2 }
    node_selector: { accelerator: nvidia }
`;

test.each([
  [
    'the smallest cluster',
    small,
    ['Namespace', 'Secret', 'ConfigMap', 'Service', 'StatefulSet', 'Service', 'Deployment'],
  ],
  [
    'three control servers and two groups of workers',
    large,
    [
      ...['Namespace', 'Secret', 'ConfigMap', 'Service', 'StatefulSet', 'PodDisruptionBudget'],
      ...['Service', 'Deployment', 'Deployment', 'Deployment'],
    ],
  ],
])('%s is what the schemas of Kubernetes take', (_, file, kinds) => {
  const { status, stdout, stderr } = up(file, '--out', 'manifests');
  expect([status, stderr]).toEqual([0, '']);
  expect(stdout).toContain('kubectl apply -f manifests');
  const manifests = written();
  expect(manifests.map(({ kind }) => kind)).toEqual(kinds);
  for (const manifest of manifests) {
    // biome-ignore lint/suspicious/noExplicitAny: the constructors differ; `validate` tells what is wrong
    new (schemas[manifest.kind] as any)(manifest).validate();
    if (manifest.kind !== 'Namespace') expect(manifest.metadata.namespace).toBe(file === small ? 'lab' : 'research');
  }
});

test('pods find the control store, prove who they are, and leave by a drain', () => {
  up(large, '--out', 'manifests');
  const { replicas, template } = find('Deployment', 'lab-worker-gpu').spec;
  const [container] = template.spec.containers;
  expect(replicas).toBe(1);
  expect(container.args.join(' ')).toBe(
    '--nats tls://lab-nats.research.svc:4222 --ca-file /etc/aktis/ca.crt --host $(POD_IP) --node-name $(POD_NAME) --block ' +
      '--num-cpus 4 --num-gpus 1 --resources {"tpu":2} --labels group=gpu',
  );
  expect(container.resources).toEqual({
    requests: { cpu: '4', memory: '16Gi', 'nvidia.com/gpu': '1' },
    limits: { memory: '16Gi', 'nvidia.com/gpu': '1' },
  });
  expect(template.spec.nodeSelector).toEqual({ accelerator: 'nvidia' });
  expect(container.lifecycle.preStop.exec.command.join(' ')).toContain('aktis drain "$POD_NAME"');
  expect(template.spec.terminationGracePeriodSeconds).toBeGreaterThan(60);
  const cpu = find('Deployment', 'lab-worker-cpu').spec.template.spec.containers[0];
  expect(cpu.args).toEqual(expect.arrayContaining(['--num-cpus', '3']));
  const head = find('Deployment', 'lab-head').spec;
  expect(head.strategy.type).toBe('Recreate');
  expect(head.template.spec.containers[0].args).toEqual(expect.arrayContaining(['--head']));
});

test('the secret is private, fits the servers, and stays the same when they are written again', () => {
  up(large, '--out', 'manifests');
  const path = join(folder, 'manifests', '1-secret.yaml');
  expect(lstatSync(path).mode & 0o777).toBe(0o600);
  const first = readFileSync(path, 'utf8');
  const { token } = find('Secret', 'lab-secret').stringData;
  expect(token).toMatch(/^aktis-.{32}$/);
  for (const name of readdirSync(join(folder, 'manifests'))) {
    if (name !== '1-secret.yaml') expect(readFileSync(join(folder, 'manifests', name), 'utf8')).not.toContain(token);
  }
  up(large, '--out', 'manifests');
  expect(readFileSync(path, 'utf8')).toBe(first);
  up(`${small}  secret: own\n`, '--out', 'without');
  expect(readdirSync(join(folder, 'without'))).toEqual([
    '0-namespace.yaml',
    '1-nats.yaml',
    '2-head.yaml',
    '3-workers.yaml',
  ]);
});

test.each([
  ['one server', small],
  ['three servers', large],
])('nats-server takes the configuration of %s', (_, file) => {
  up(file, '--out', 'manifests');
  const { stringData } = find('Secret', 'lab-secret');
  for (const name of ['tls.crt', 'tls.key', 'ca.crt']) writeFileSync(join(folder, name), stringData[name]);
  const configuration = (find('ConfigMap', 'lab-nats').data['nats.conf'] as string)
    .replaceAll('/etc/nats-tls', folder)
    .replace('/data', join(folder, 'data'))
    // Debian's is older than the one of the manifests.
    .replace(', sync_interval: always', '');
  writeFileSync(join(folder, 'nats.conf'), configuration);
  const { status, stderr } = spawnSync('nats-server', ['-c', 'nats.conf', '-t'], {
    cwd: folder,
    encoding: 'utf8',
    env: { PATH: `${process.env.PATH}:/usr/sbin`, POD_NAME: 'lab-nats-0', AKTIS_TOKEN: stringData.token },
  });
  expect([status, stderr.trim().split('\n').at(-1)]).toEqual([0, expect.stringContaining('is valid')]);
});

test('what cannot be is an error', () => {
  expect(up(small).status).toBe(2);
  expect(up(`${small}workers: 3\n`, '--out', 'manifests')).toMatchObject({
    status: 2,
    stderr:
      'aktis up: cluster.yaml:5: "workers" must be a list, each item a map with name, replicas, resources, custom_resources, labels, node_selector; it is 3\n',
  });
  writeFileSync(join(folder, 'taken'), '');
  expect(up(small, '--out', 'taken')).toMatchObject({
    status: 1,
    stderr: expect.stringContaining('The manifests could not be written to taken'),
  });
});
