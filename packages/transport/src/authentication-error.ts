import { AktisError, branded } from './aktis-error.ts';

/** The cluster refused the token, or none was given. */
export class AuthenticationError extends AktisError {
  static override readonly code = 'ERR_AKTIS_AUTHENTICATION';
}
branded(AuthenticationError);
