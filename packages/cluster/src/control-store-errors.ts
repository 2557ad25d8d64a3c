import { AktisError, ControlPlaneUnavailableError } from '@aktis/core';
import { branded } from '@aktis/transport';

/** Nobody serves what was asked: whoever did has ended, or is not connected to the control store. */
export class NobodyThereError extends AktisError {
  static override readonly code = 'ERR_AKTIS_NOBODY_THERE';
}
branded(NobodyThereError);

/** The time was up before the store did `what`. What changes something may have happened, or may still happen. */
export function unavailable(what: string, timeout: number, cause?: unknown): ControlPlaneUnavailableError {
  const reason = cause instanceof Error && cause.message !== '' ? ` (${cause.message})` : '';
  const remedy = /no space left/.test(reason)
    ? 'make room on the disk of its nats-server, and try again'
    : 'try again when the cluster\'s head is back. "aktis status" shows how it is doing';
  return new ControlPlaneUnavailableError(
    `The control store did not ${what} within ${timeout} ms${reason}. What runs goes on; ${remedy}`,
    { cause },
  );
}

export function storeClosed(what: string): ControlPlaneUnavailableError {
  return new ControlPlaneUnavailableError(
    `The control store cannot ${what}: its connection was closed by this program`,
  );
}
