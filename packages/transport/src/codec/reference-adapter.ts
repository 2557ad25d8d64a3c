import type { WireReference } from '../payload.ts';

/**
 * How `ObjectRef` and `ActorHandle`, which higher packages own, travel inside values. Their prototype must be neither
 * `Object.prototype` nor null: object literals are never asked, since every plain value would pay for it.
 */
export interface ReferenceAdapter {
  matches(value: object): boolean;
  encode(value: object): WireReference;
  decode(reference: WireReference): object;
}

/** For values that hold no references: tests, and whatever runs below the core. */
export const noReferences: ReferenceAdapter = {
  matches: () => false,
  encode: () => [0],
  decode: () => {
    throw new TypeError('This codec knows no references.');
  },
};
