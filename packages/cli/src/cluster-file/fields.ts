import type { Fields, Shape } from './shape.ts';

/** What every cluster file says. */
export interface CommonFields {
  readonly cluster_name: string;
  /** Environment of all that runs on the cluster's machines. */
  readonly env?: Readonly<Record<string, string | number>>;
}

export const text: Shape = { kind: 'text' };
export const amount: Shape = { kind: 'number' };
export const commands: Shape = { kind: 'list', of: text };
export const texts: Shape = { kind: 'map', of: text };
export const name: Shape = {
  kind: 'text',
  pattern: /^[a-z]([-a-z0-9]{0,38}[a-z0-9])?$/,
  means: 'a name of lower-case letters, digits and hyphens, at most 40',
};
export const quantity: Shape = {
  kind: 'text',
  pattern: /^\d+(\.\d+)?(m|k|M|G|T|Ki|Mi|Gi|Ti)?$/,
  means: 'an amount as Kubernetes writes it, in quotes: "500m", "2", "4Gi"',
};
export const common: Fields = {
  cluster_name: { shape: name, needed: true },
  env: { shape: texts },
};

export const noScaling = 'Aktis starts and ends no machines by itself; name them in the provider';
