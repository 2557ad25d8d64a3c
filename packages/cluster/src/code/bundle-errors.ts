import { ModuleLoadError } from '@aktis/core';
import type { BuildFailure, Message } from 'esbuild';

/** What esbuild found wrong with the program, with the place and what can be done. */
export function bundleError(error: unknown): ModuleLoadError {
  if (error instanceof ModuleLoadError) return error;
  const { errors = [] } = error as Partial<BuildFailure>;
  const [first] = errors;
  if (first === undefined) {
    return new ModuleLoadError(`The program cannot be bundled for the cluster: ${(error as Error).message}`, {
      cause: error,
    });
  }
  const more = errors.length > 1 ? `\n(and ${errors.length - 1} more like this)` : '';
  return new ModuleLoadError(
    `The program cannot be bundled for the cluster. ${describe(first)}${advice(first)}${more}`,
    {
      cause: first.detail instanceof Error ? first.detail : error,
    },
  );
}

/** `file:line:column: text`, and the line of code. */
export function describe({ text, location }: Message): string {
  if (location === null) return text;
  const { file, line, column, lineText } = location;
  const code = lineText.trim();
  return `${file}:${line}:${column + 1}: ${text}${code === '' ? '' : `\n    ${code.slice(0, 200)}`}`;
}

function advice({ text }: Message): string {
  const unresolved = /^Could not resolve "([^"]*)"/.exec(text)?.[1];
  if (unresolved !== undefined) {
    return /^[./]|^file:/.test(unresolved)
      ? '\nThe file must exist when init() is called.'
      : `\nInstall it ("npm install ${unresolved}"), or import it in try/catch where it is optional.`;
  }
  if (text.startsWith('No loader is configured')) {
    return '\nCode and JSON travel to the cluster, other files do not: read them in the driver and pass on what they hold.';
  }
  return '';
}
