import { readFileSync } from 'node:fs';
import { ClusterDocument, ClusterFileError, type Fields, type Shape } from './shape.ts';

/** What every cluster file says. */
interface Common {
  readonly cluster_name: string;
  /** Environment of all that runs on the cluster's machines. */
  readonly env?: Readonly<Record<string, string | number>>;
}

/** Machines that are there, reached by ssh. */
export interface LocalClusterFile extends Common {
  readonly provider: { readonly type: 'local'; readonly head_ip: string; readonly worker_ips?: readonly string[] };
  readonly auth?: {
    readonly ssh_user?: string;
    readonly ssh_private_key?: string;
    readonly ssh_port?: number;
  };
  /** Remote path to local path. */
  readonly file_mounts?: Readonly<Record<string, string>>;
  readonly initialization_commands?: readonly string[];
  readonly setup_commands?: readonly string[];
  readonly head_setup_commands?: readonly string[];
  readonly worker_setup_commands?: readonly string[];
  readonly head_start_commands?: readonly string[];
  readonly worker_start_commands?: readonly string[];
  readonly stop_commands?: readonly string[];
}

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
export interface KubernetesClusterFile extends Common {
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

export type ClusterFile = LocalClusterFile | KubernetesClusterFile;

const text: Shape = { kind: 'text' };
const amount: Shape = { kind: 'number' };
const commands: Shape = { kind: 'list', of: text };
const texts: Shape = { kind: 'map', of: text };
const name: Shape = {
  kind: 'text',
  pattern: /^[a-z]([-a-z0-9]{0,38}[a-z0-9])?$/,
  means: 'a name of lower-case letters, digits and hyphens, at most 40',
};
const quantity: Shape = {
  kind: 'text',
  pattern: /^\d+(\.\d+)?(m|k|M|G|T|Ki|Mi|Gi|Ti)?$/,
  means: 'an amount as Kubernetes writes it, in quotes: "500m", "2", "4Gi"',
};
const resources: Shape = {
  kind: 'fields',
  fields: { cpu: { shape: quantity }, memory: { shape: quantity }, gpus: { shape: amount } },
};

const common: Fields = {
  cluster_name: { shape: name, needed: true },
  env: { shape: texts },
};

const noScaling = 'Aktis starts and ends no machines by itself; name them in the provider';
const renamed = (by: string) => `it is called "${by}" here`;

const local: Shape = {
  kind: 'fields',
  fields: {
    ...common,
    provider: {
      needed: true,
      shape: {
        kind: 'fields',
        fields: {
          type: { shape: { kind: 'text', oneOf: ['local'] }, needed: true },
          head_ip: { shape: text, needed: true },
          worker_ips: { shape: { kind: 'list', of: text } },
        },
        notHere: { coordinator_address: 'Aktis has no coordinator; name head_ip and worker_ips' },
      },
    },
    auth: {
      shape: {
        kind: 'fields',
        fields: {
          ssh_user: { shape: text },
          ssh_private_key: { shape: text },
          ssh_port: { shape: { kind: 'number', least: 1 } },
        },
      },
    },
    file_mounts: { shape: texts },
    initialization_commands: { shape: commands },
    setup_commands: { shape: commands },
    head_setup_commands: { shape: commands },
    worker_setup_commands: { shape: commands },
    head_start_commands: { shape: commands },
    worker_start_commands: { shape: commands },
    stop_commands: { shape: commands },
  },
  notHere: {
    min_workers: noScaling,
    max_workers: noScaling,
    upscaling_speed: noScaling,
    idle_timeout_minutes: noScaling,
    available_node_types: noScaling,
    head_start_ray_commands: renamed('head_start_commands'),
    worker_start_ray_commands: renamed('worker_start_commands'),
    docker: 'containers are for the provider "kubernetes"; with "local", start_commands may run one',
  },
};

const kubernetes: Shape = {
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

/** @throws ClusterFileError with the line, and what is allowed there */
export function readClusterFile(path: string): ClusterFile {
  let content: string;
  try {
    content = readFileSync(path, 'utf8');
  } catch (cause) {
    throw new ClusterFileError(`The cluster file ${path} cannot be read: ${(cause as Error).message}`, { cause });
  }
  return parseClusterFile(path, content);
}

export function parseClusterFile(path: string, content: string): ClusterFile {
  const document = ClusterDocument.parse(path, content);
  switch (document.text('provider', 'type')) {
    case 'local':
      return document.as<LocalClusterFile>(local);
    case 'kubernetes':
      return document.as<KubernetesClusterFile>(kubernetes);
    default:
      document.checkOnly(either);
      throw new ClusterFileError(`${path}: "provider.type" must be "local" or "kubernetes"`);
  }
}

/** Says which line is wrong, or what is missing, when the provider is neither. */
const either: Shape & { kind: 'fields' } = {
  kind: 'fields',
  fields: {
    provider: {
      needed: true,
      shape: {
        kind: 'fields',
        fields: { type: { shape: { kind: 'text', oneOf: ['local', 'kubernetes'] }, needed: true } },
      },
    },
  },
};
