import { AuthenticationError, ClusterUnreachableError } from '@aktis/core';
import { JetStreamApiCodes, JetStreamApiError } from '@nats-io/jetstream';
import {
  AuthorizationError,
  NoRespondersError,
  PermissionViolationError,
  RequestError,
  TimeoutError,
} from '@nats-io/transport-node';

/** The key has another revision than the one expected. */
export function isWrongRevision(error: unknown): boolean {
  return error instanceof JetStreamApiError && error.code === JetStreamApiCodes.StreamWrongLastSequence;
}

/** The server has lost our tables: its disk is new, or somebody deleted them. */
export function isStreamMissing(error: unknown): boolean {
  return error instanceof JetStreamApiError && error.code === JetStreamApiCodes.StreamNotFound;
}

/** Somebody else creates, or created, the same stream. */
export function isStreamTaken(error: unknown): boolean {
  const taken = [10_058 /* name in use */, 10_065 /* subjects overlap */];
  return error instanceof JetStreamApiError && taken.includes(error.code);
}

/** Fewer servers are up than a stream needs. */
function isTooFewServers(error: unknown): boolean {
  return error instanceof JetStreamApiError && (error.code === 10_005 || error.code === 10_023);
}

/** The server knows who this is, and does not let that user do it. */
function isForbidden(error: unknown): boolean {
  return mentions(error, cause => cause instanceof PermissionViolationError);
}

/** Nobody listens: no service, or no leader of the stream at the moment. */
export function isNobodyThere(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error instanceof NoRespondersError || error.name === 'JetStreamNotEnabled') return true;
  return error instanceof RequestError && error.isNoResponders();
}

/** The server sent something that was not the next, or fell silent, before all there was had come. */
export class WatchInterrupted extends Error {}

/** An election, a restart, a slow moment: the same call may go well a little later. */
export function isTransient(error: unknown): boolean {
  if (isForbidden(error)) return false;
  if (error instanceof JetStreamApiError)
    return error.status === 503 || isStreamMissing(error) || isTooFewServers(error);
  if (error instanceof WatchInterrupted) return true;
  return error instanceof TimeoutError || error instanceof RequestError || isNobodyThere(error);
}

/** Why the tables of a server that answers could not be opened, for the user. */
export function tablesFailure(servers: readonly string[], cause: unknown, hasJetStream: boolean): Error {
  const where = servers.join(', ');
  if (isForbidden(cause)) {
    return new AuthenticationError(
      `The NATS server at ${where} lets this user in, but not do what is needed (${(cause as Error).message}). Aktis publishes ` +
        'to and subscribes to "aktis.>", "$JS.API.>", "$KV.>" and "_INBOX.>": give the user these rights',
      { cause },
    );
  }
  if (!hasJetStream) {
    return new ClusterUnreachableError(
      `The NATS server at ${where} answers, but JetStream is off there, which Aktis needs. Switch it on (nats-server -js, or a ` +
        'block "jetstream" in its configuration; with accounts also "jetstream: enabled" in the one of this user)',
      { cause },
    );
  }
  return new ClusterUnreachableError(
    `The NATS server at ${where} answers, but the cluster's tables could not be opened: ${(cause as Error).message}. Where ` +
      'servers form a cluster, more than half of them must be up, and three when it begins',
    { cause },
  );
}

/** Why the first connection failed, for the user. */
export function connectionFailure(
  servers: readonly string[],
  error: unknown,
  given: 'token' | 'password' | undefined,
): Error {
  const where = servers.join(', ');
  if (mentions(error, cause => cause instanceof AuthorizationError)) {
    if (given === 'password') {
      return new AuthenticationError(
        `The NATS server at ${where} refused the user or the password. Write them into its URL: nats://user:password@host:4222`,
        { cause: error },
      );
    }
    const what = given === 'token' ? 'refused the token' : 'needs a token';
    return new AuthenticationError(
      `The cluster at ${where} ${what}. Give the one of its head: AKTIS_TOKEN, --token-file or init({ token }); the head ` +
        'keeps it in the file "token" of its session directory',
      { cause: error },
    );
  }
  const certificate = certificateProblem(error);
  if (certificate !== undefined) {
    const isOfTime = certificate === 'CERT_NOT_YET_VALID' || certificate === 'CERT_HAS_EXPIRED';
    return new ClusterUnreachableError(
      `The cluster at ${where} has a certificate that is not trusted here (${certificate}). ` +
        (isOfTime
          ? `By the clock of this machine it is ${new Date().toISOString()}: if that is wrong, set it (NTP); otherwise give the ` +
            'cluster a new certificate'
          : 'Give the CA certificate that "aktis start --head" printed: --ca-file'),
      { cause: error },
    );
  }
  return new ClusterUnreachableError(
    `No cluster answers at ${where}: ${reasonOf(error)}. Check address and port, or start one: aktis start --head`,
    { cause: error },
  );
}

function reasonOf(error: unknown): string {
  if (mentions(error, cause => cause instanceof TimeoutError)) return 'no answer in time';
  if (!(error instanceof Error)) return 'the connection was closed at once';
  // What the client says of a server that went in the middle of its greeting.
  if (/undefined error/.test(error.message)) return 'the connection was closed at once';
  return error.message === '' ? error.name : error.message;
}

function certificateProblem(error: unknown): string | undefined {
  const codes = /^(?:ERR_TLS_|CERT_|SELF_SIGNED|DEPTH_ZERO|UNABLE_TO_|ERR_SSL)/;
  let found: string | undefined;
  mentions(error, cause => {
    const { code } = cause as { code?: unknown };
    if (typeof code === 'string' && codes.test(code)) found = code;
    return found !== undefined;
  });
  return found;
}

/** Whether `error` or one of its causes is what `test` looks for. */
function mentions(error: unknown, test: (cause: object) => boolean): boolean {
  for (let at = error, depth = 0; typeof at === 'object' && at !== null && depth < 5; depth++) {
    if (test(at)) return true;
    at = (at as { cause?: unknown }).cause;
  }
  return false;
}
