import { signal } from '@preact/signals';
import type { ApiError } from '../../../src/api-types.ts';

/** The server answered, but not with what was asked for. */
export class RequestFailed extends Error {
  override readonly name = 'RequestFailed';
  readonly code: string;
  readonly status: number;

  constructor(message: string, code: string, status: number) {
    super(message);
    this.code = code;
    this.status = status;
  }
}

/** The server does not know this browser (any more): the page tells how to get in. */
export const isLockedOut = signal(false);

/** Rejects with `RequestFailed`, or with a `TypeError` when nobody answers. */
export async function ask<Answer>(path: string, options?: RequestInit): Promise<Answer> {
  const response = await send(path, options);
  return (await response.json()) as Answer;
}

export async function send(path: string, options?: RequestInit): Promise<Response> {
  const response = await fetch(`api/${path}`, { credentials: 'same-origin', ...options });
  if (response.status === 401) isLockedOut.value = true;
  if (!response.ok) throw await failureOf(response);
  isLockedOut.value = false;
  return response;
}

async function failureOf(response: Response): Promise<RequestFailed> {
  const { status } = response;
  try {
    const { error } = (await response.json()) as ApiError;
    return new RequestFailed(error.message, error.code, status);
  } catch {
    return new RequestFailed(`The server answered ${status} ${response.statusText}`.trim(), 'UNKNOWN', status);
  }
}

/** What to show for something that was thrown. */
export function messageOf(error: unknown): string {
  if (error instanceof RequestFailed) return error.message;
  if (error instanceof TypeError) return 'The server does not answer. The program it belongs to may have ended.';
  return error instanceof Error ? error.message : String(error);
}
