import type { Side } from './side.ts';

/** Something that is compared, usually under the name it has in Ray. */
export interface Benchmark {
  readonly name: string;
  /** Of the values: `calls/s`, `ms`. */
  readonly unit: string;
  readonly better: 'higher' | 'lower';
  /** The first with role `baseline` is the one ratios are taken against. */
  readonly sides: readonly Side[];
  readonly targets?: readonly Target[];
  /** A new process for each round and no warm-up: for what can be measured once in the life of a process. */
  readonly isFresh?: boolean;
  /** At most so many rounds, for what takes long. */
  readonly maxRounds?: number;
  /** Milliseconds any one round may take. Default two minutes. */
  readonly limit?: number;
}

/** What Aktis is to reach, as `performance.md` says. */
export interface Target {
  /** What the figure is divided by; with `itself` it stands alone. `peer`: the best of them. */
  readonly against: 'baseline' | 'peer' | 'ray' | 'itself';
  /** Subtract the other's figure in place of dividing by it. */
  readonly isDifference?: boolean;
  /** One of the details of the readings. Default: their value. */
  readonly figure?: string;
  readonly atLeast?: number;
  readonly atMost?: number;
}
