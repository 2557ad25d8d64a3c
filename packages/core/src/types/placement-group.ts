import type { ObjectRef } from '../object-ref.ts';
import type { ResourceMap } from '../resources.ts';

/** Resources reserved together, for work that names the group in its `schedulingStrategy`. */
export interface PlacementGroup {
  readonly id: string;
  /** What was asked for, such as `[{ CPU: 1 }, { CPU: 2, GPU: 1 }]`. */
  readonly bundles: readonly ResourceMap[];
  /** Ready once everything is reserved. */
  ready(): ObjectRef<void>;
  /** Whether everything was reserved within so many milliseconds. */
  wait(timeout?: number): Promise<boolean>;
  /** Gives the resources back and ends what runs on them. */
  remove(): Promise<void>;
}
