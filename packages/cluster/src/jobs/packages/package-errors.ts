import { AktisError } from '@aktis/core';
import { branded } from '@aktis/transport';

/** A working directory, as the zip file in which it travels, has at most so many bytes. */
export const MAX_PACKAGE_BYTES = 100 * 2 ** 20;

/** A working directory is too large to travel: leave out what the program does not need, by `.gitignore` or `.aktisignore`. */
export class PackageTooLargeError extends AktisError {
  static override readonly code = 'ERR_AKTIS_PACKAGE_TOO_LARGE';
}
branded(PackageTooLargeError);

/** What was uploaded as a working directory is no zip file, or one that would write outside of its folder. */
export class InvalidPackageError extends AktisError {
  static override readonly code = 'ERR_AKTIS_INVALID_PACKAGE';
}
branded(InvalidPackageError);
