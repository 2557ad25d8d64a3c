import { AktisError, branded } from '@aktis/transport';

/** Nobody serves the subject of a request. */
export class NobodyThereError extends AktisError {
  static override readonly code = 'ERR_AKTIS_NOBODY_THERE';
}
branded(NobodyThereError);
