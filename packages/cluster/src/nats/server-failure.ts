import { AktisError } from '@aktis/core';
import { branded } from '@aktis/transport';

/** The managed NATS server could not be started, or did not stay up. */
export class NatsServerError extends AktisError {
  static override readonly code = 'ERR_AKTIS_NATS_SERVER';
}
branded(NatsServerError);
