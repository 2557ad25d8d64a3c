import { AktisError, branded } from '../aktis-error.ts';

/** No link came about: nobody listens there, or what listens there did not answer in time or ended the conversation. */
export class ConnectionError extends AktisError {
  static override readonly code = 'ERR_AKTIS_CONNECTION';
}
branded(ConnectionError);

/** Somebody else answered than was expected: another node, another certificate, another version. */
export class PeerMismatchError extends AktisError {
  static override readonly code = 'ERR_AKTIS_PEER_MISMATCH';
}
branded(PeerMismatchError);
