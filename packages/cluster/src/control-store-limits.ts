import { AktisError } from '@aktis/core';
import { branded } from '@aktis/transport';

/** Values, messages and answers are at most so long, in bytes of UTF-8; what is larger is a blob. */
export const maxValueBytes = 512 * 1024;
/** Keys are at most so long, in bytes of UTF-8. */
export const maxKeyBytes = 512;

/** A key, subject or value that the control store cannot take. */
export class InvalidControlValueError extends AktisError {
  static override readonly code = 'ERR_AKTIS_INVALID_CONTROL_VALUE';
}
branded(InvalidControlValueError);

export function checkKey(key: string): void {
  if (key === '') throw new InvalidControlValueError('A key of the control store must not be empty');
  const bytes = Buffer.from(key);
  if (bytes.length > maxKeyBytes) {
    throw new InvalidControlValueError(
      `A key of the control store has at most ${maxKeyBytes} bytes; "${key.slice(0, 40)}…" has ${bytes.length}`,
    );
  }
  if (bytes.toString() !== key) {
    throw new InvalidControlValueError(`The key ${JSON.stringify(key)} is not well-formed Unicode`);
  }
}

export function checkValue(value: string, what: string): void {
  // UTF-8 takes at most three bytes for each unit of a string; counting exactly is for the rare long ones.
  if (value.length * 3 <= maxValueBytes) return;
  const bytes = Buffer.byteLength(value);
  if (bytes > maxValueBytes) {
    throw new InvalidControlValueError(`${what} has ${bytes} bytes; the control store takes at most ${maxValueBytes}`);
  }
}
