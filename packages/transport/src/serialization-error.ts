import { AktisError, branded } from './aktis-error.ts';

/** A value cannot travel. The message names the path to it, what it is, and what to do instead. */
export class SerializationError extends AktisError {
  static override readonly code = 'ERR_AKTIS_SERIALIZATION';
  /** Where in the value the refused part lies, for instance `argument 1.items[3].run`. */
  readonly path: string;

  constructor(message: string, path: string, options?: ErrorOptions) {
    super(message, options);
    this.path = path;
  }
}
branded(SerializationError);
