import { AktisError } from '@aktis/core';
import { branded } from '@aktis/transport';

/** This machine does not let a test build a network of its own; the message says what is missing. */
export class NetworkUnavailableError extends AktisError {
  static override readonly code = 'ERR_AKTIS_NETWORK_UNAVAILABLE';
}
branded(NetworkUnavailableError);
