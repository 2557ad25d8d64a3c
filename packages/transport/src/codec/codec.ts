import type { Payload } from '../payload.ts';
import { isPlain, isPlainNumber } from './plain.ts';
import { primitivesText, stringText } from './plain-text.ts';
import type { ReferenceAdapter } from './reference-adapter.ts';
import { ARGUMENTS, richPath } from './rich-path.ts';

/**
 * Turns values into payloads and back. Plain values, which is most of them, are JSON; the rest takes SuperJSON with
 * bytes and references out of band.
 *
 * What JSON would lose in silence either travels or is refused with `SerializationError`. Three things are left out as
 * everywhere else in JavaScript: symbol keys, non-enumerable properties, and extra properties of arrays.
 */
export class Codec {
  readonly #references: ReferenceAdapter;

  constructor(references: ReferenceAdapter) {
    this.#references = references;
  }

  /** Encodes `value`; `what` is how paths in errors begin. Throws `SerializationError`. */
  encode(value: unknown, what = 'value'): Payload {
    switch (typeof value) {
      case 'undefined':
        return '';
      case 'number':
        if (isPlainNumber(value)) return `${value}`;
        break;
      case 'string':
        return stringText(value);
      case 'boolean':
        return value ? 'true' : 'false';
      case 'object':
        if (value === null) return 'null';
    }
    return plainText(value) ?? this.#rich(value, what, false);
  }

  /** Encodes the arguments of a call; paths in errors read `argument 1.items[3]`. Throws `SerializationError`. */
  encodeArguments(args: readonly unknown[]): Payload {
    return primitivesText(args) ?? plainText(args) ?? this.#rich(args, ARGUMENTS, false);
  }

  /**
   * A fresh copy of the value, at every call. Buffers above `SHARED_ABOVE` bytes come as views on memory shared by
   * all readers, unless `copy` asks for an own one.
   */
  decode(payload: Payload, options?: { copy?: boolean }): unknown {
    if (typeof payload === 'string') return parsePlain(payload);
    return richPath().decode(payload, { references: this.#references, copy: options?.copy ?? false });
  }

  /**
   * Encodes what was thrown. Never throws: parts of it that cannot travel (a socket, a callback, a request among the
   * properties of an error) are described in words or left out.
   */
  encodeError(error: unknown): Payload {
    try {
      return this.#rich(error, 'error', true);
    } catch {
      return this.#rich(new Error(describeThrown(error)), 'error', true);
    }
  }

  #rich(value: unknown, root: string, lenient: boolean): Payload {
    return richPath().encode(value, { references: this.#references, root, lenient });
  }
}

function parsePlain(text: string): unknown {
  if (text.length === 0) return undefined;
  // No JSON text but a digit is one character long.
  return text.length === 1 ? text.charCodeAt(0) - 48 : JSON.parse(text);
}

/** The JSON text of a plain value, undefined for any other. */
function plainText(value: unknown): string | undefined {
  if (!isPlain(value)) return undefined;
  try {
    return JSON.stringify(value);
  } catch {
    return undefined; // a getter that throws the second time, a stack nearly used up: the rich path says which
  }
}

function describeThrown(error: unknown): string {
  try {
    return `An error that cannot be serialized was thrown: ${String((error as Error).message ?? error)}`;
  } catch {
    return 'An error that cannot be serialized was thrown.';
  }
}
