/** What `aktis doctor` found out about one thing. */
export interface Check {
  readonly name: string;
  readonly status: 'ok' | 'warning' | 'missing';
  /** Without it nothing works. */
  readonly required: boolean;
  /** What was found, in words. */
  readonly detail: string;
  /** What to do about it. */
  readonly fix?: string;
}

/** `1.5 GiB` */
export function bytes(count: number): string {
  const units = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB'];
  const power = Math.min(units.length - 1, count < 1 ? 0 : Math.floor(Math.log2(count) / 10));
  const value = count / 1024 ** power;
  return `${power > 0 && value < 10 ? value.toFixed(1) : Math.round(value)} ${units[power]}`;
}
