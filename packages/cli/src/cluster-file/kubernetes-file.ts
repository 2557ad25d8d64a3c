import { amount, type CommonFields, common, name, noScaling, quantity, text, texts } from './fields.ts';
import type { Shape } from './shape.ts';

/** What a container may use; as Kubernetes writes amounts. */
export interface ContainerResources {
  readonly cpu?: number | string;
  readonly memory?: string;
  readonly gpus?: number;
}

/** Workers that are alike. */
export interface WorkerGroup {
  readonly name: string;
  readonly replicas: number;
  readonly resources?: ContainerResources;
  /** What `--resources` says. */
  readonly custom_resources?: Readonly<Record<string, number>>;
  readonly labels?: Readonly<Record<string, string>>;
  readonly node_selector?: Readonly<Record<string, string>>;
}

/** A cluster in Kubernetes: `aktis up` writes its manifests. */
export interface KubernetesClusterFile extends CommonFields {
  readonly provider: {
    readonly type: 'kubernetes';
    /** With Node, the program's packages and `aktis` on its PATH. */
    readonly image: string;
    readonly namespace?: string;
    readonly nats_image?: string;
    readonly image_pull_secrets?: readonly string[];
    readonly service_account?: string;
    /** 1 or 3. */
    readonly control_servers?: number;
    readonly storage?: string;
    readonly storage_class?: string;
    /** A Secret with the keys `token`, `tls.crt`, `tls.key` and `ca.crt`; default: one is written. */
    readonly secret?: string;
  };
  readonly head?: {
    readonly resources?: ContainerResources;
    readonly node_selector?: Readonly<Record<string, string>>;
  };
  readonly workers?: readonly WorkerGroup[];
}

const resources: Shape = {
  kind: 'fields',
  fields: { cpu: { shape: quantity }, memory: { shape: quantity }, gpus: { shape: amount } },
};

export const kubernetesShape: Shape = {
  kind: 'fields',
  fields: {
    ...common,
    provider: {
      needed: true,
      shape: {
        kind: 'fields',
        fields: {
          type: { shape: { kind: 'text', oneOf: ['kubernetes'] }, needed: true },
          image: { shape: text, needed: true },
          namespace: { shape: name },
          nats_image: { shape: text },
          image_pull_secrets: { shape: { kind: 'list', of: text } },
          service_account: { shape: text },
          control_servers: { shape: { kind: 'number', oneOf: [1, 3] } },
          storage: { shape: quantity },
          storage_class: { shape: text },
          secret: { shape: name },
        },
      },
    },
    head: { shape: { kind: 'fields', fields: { resources: { shape: resources }, node_selector: { shape: texts } } } },
    workers: {
      shape: {
        kind: 'list',
        of: {
          kind: 'fields',
          fields: {
            name: { shape: name, needed: true },
            replicas: { shape: amount, needed: true },
            resources: { shape: resources },
            custom_resources: { shape: { kind: 'map', of: amount } },
            labels: { shape: texts },
            node_selector: { shape: texts },
          },
        },
      },
    },
  },
  notHere: {
    max_workers: noScaling,
    min_workers: noScaling,
    available_node_types: 'groups of workers are listed under "workers" here',
    setup_commands: 'what the containers need is in their image',
    auth: 'kubectl has its own credentials',
  },
};
