import { AktisError } from '@aktis/core';
import { brandedClass } from '@aktis/transport';

/** What an answer threw, as a text for the way back. */
export function encodeFailure(error: unknown): string {
  if (!(error instanceof Error)) return JSON.stringify({ message: String(error) });
  return JSON.stringify({ name: error.name, message: error.message });
}

/** The error for the asker: of the class that was thrown if that is one of Aktis' own. */
export function decodeFailure(text: string): AktisError {
  const { name, message } = JSON.parse(text) as { name?: string; message: string };
  const type = name === undefined ? undefined : brandedClass(name);
  if (type !== undefined) return new (type as new (message: string) => AktisError)(message);
  return new AktisError(name === undefined || name === 'Error' ? message : `${name}: ${message}`);
}
