import {
  AktisError,
  AuthenticationError,
  ClusterUnreachableError,
  InvalidOptionError,
  WorkerDiedError,
} from '@aktis/core';
import type { ApiError } from './api-types.ts';

/** A dashboard, and what lets in. */
export interface DashboardDoor {
  readonly url: string;
  readonly token: string;
}

/**
 * Asks the session behind a dashboard one of the questions that nodes answer.
 *
 * @param limit milliseconds
 * @throws ClusterUnreachableError when it does not answer in time, or is gone
 * @throws InvalidOptionError when the question makes no sense
 */
export async function askDashboard(
  { url, token }: DashboardDoor,
  question: string,
  value: unknown,
  limit: number,
): Promise<unknown> {
  let answer: Response;
  let content: unknown;
  try {
    answer = await fetch(`${url}/api/questions/${question}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ value: value ?? {} }),
      signal: AbortSignal.timeout(limit),
    });
    content = await answer.json();
  } catch (cause) {
    throw new ClusterUnreachableError(whatIsWrong(url, cause as Error, limit), { cause });
  }
  if (answer.ok) return (content as { answer: unknown }).answer;
  throw errorOf(content as Partial<ApiError>, url);
}

function whatIsWrong(url: string, error: Error, limit: number): string {
  if (error.name === 'TimeoutError') {
    return `The session at ${url} did not answer within ${limit / 1000} s: its main thread is busy, or its process is stopped`;
  }
  if (error.name === 'SyntaxError') return `What answers at ${url} is no dashboard of Aktis`;
  return `There is no session at ${url} (any more)`;
}

function errorOf({ error }: Partial<ApiError>, url: string): Error {
  switch (error?.code) {
    case 'BAD_FILTER':
      return new InvalidOptionError(error.message);
    case 'WORKER_GONE':
      return new WorkerDiedError(error.message);
    case 'UNAUTHENTICATED':
      return new AuthenticationError(
        `The session at ${url} refuses the token: give the right one, AKTIS_TOKEN or --token-file`,
      );
    default:
      return new AktisError(error?.message ?? `What answers at ${url} is no dashboard of Aktis`);
  }
}
