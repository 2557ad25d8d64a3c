import { type CommonFields, commands, common, noScaling, text, texts } from './fields.ts';
import type { Shape } from './shape.ts';

/** Machines that are there, reached by ssh. */
export interface LocalClusterFile extends CommonFields {
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

const renamed = (by: string) => `it is called "${by}" here`;

export const localShape: Shape = {
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
