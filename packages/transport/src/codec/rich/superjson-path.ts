import { SuperJSON } from 'superjson';
import { SerializationError } from '../../serialization-error.ts';
import type { RichPath } from '../rich-path.ts';
import { RichDecoder } from './decoder.ts';
import { RichEncoder } from './encoder.ts';
import { Tagged } from './tagged.ts';

// An own instance: what users register on SuperJSON's default one must not change how values travel.
const superJson = new SuperJSON();

/** The decoder of the payload being read: a transformer sees only its own fragment. */
let reading: RichDecoder | undefined;

// One transformer for all tags, since SuperJSON asks every transformer about every value.
superJson.registerCustom<Tagged, never>(
  {
    isApplicable: (value): value is Tagged => value instanceof Tagged,
    serialize: tagged => tagged as never,
    deserialize: fields => reading?.revive(fields) as Tagged,
  },
  'aktis',
);

/** SuperJSON between the tree that `RichEncoder` builds and the one that `RichDecoder` revives. */
export const superJsonPath: RichPath = {
  encode(value, how) {
    try {
      const encoder = RichEncoder.encode(value, how);
      const buffers = encoder.bytes.finish(); // first, since it completes the nodes
      return [superJson.stringify(encoder.nodes), buffers, encoder.references()];
    } catch (cause) {
      if (cause instanceof SerializationError) throw cause;
      const { root } = how;
      const why = cause instanceof RangeError ? 'It is nested too deeply or too large' : 'A part of it cannot be read';
      throw new SerializationError(`Cannot serialize the ${root}. ${why}: ${messageOf(cause)}.`, root, { cause });
    }
  },

  decode(payload, how) {
    const outer = reading; // reviving a reference may decode another payload
    const decoder = new RichDecoder(payload, how);
    reading = decoder;
    try {
      return decoder.link(superJson.parse<unknown[]>(payload[0]));
    } finally {
      reading = outer;
    }
  },
};

/** What a proxy or a getter of the user's throws may be anything. */
function messageOf(cause: unknown): string {
  return typeof cause === 'object' && cause !== null && 'message' in cause ? String(cause.message) : String(cause);
}
