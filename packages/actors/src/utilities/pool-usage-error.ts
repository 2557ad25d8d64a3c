import { AktisError } from '@aktis/core';
import { branded } from '@aktis/transport';

/** An `ActorPool` or `Pool` was used in a way that cannot work; the message says what to do instead. */
export class PoolUsageError extends AktisError {
  static override readonly code = 'ERR_AKTIS_POOL_USAGE';
}
branded(PoolUsageError);
