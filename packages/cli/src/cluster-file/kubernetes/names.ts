import type { KubernetesClusterFile } from '../kubernetes-file.ts';

/** A Kubernetes object, as its file has it. */
export type Manifest = Readonly<Record<string, unknown>> & { readonly apiVersion: string; readonly kind: string };

/** What the objects of a cluster are called. */
export function names({ cluster_name, provider: { namespace, secret } }: KubernetesClusterFile) {
  return {
    namespace: namespace ?? cluster_name,
    secret: secret ?? `${cluster_name}-secret`,
    nats: `${cluster_name}-nats`,
    head: `${cluster_name}-head`,
    workers: (group: string) => `${cluster_name}-worker-${group}`,
  };
}

/** Labels by which the pods of one part are found. */
export function selector({ cluster_name }: KubernetesClusterFile, component: string): Record<string, string> {
  return {
    'app.kubernetes.io/name': 'aktis',
    'app.kubernetes.io/instance': cluster_name,
    'app.kubernetes.io/component': component,
  };
}

export function metadata(file: KubernetesClusterFile, name: string, component: string) {
  return { name, namespace: names(file).namespace, labels: selector(file, component) };
}
