import { readFileSync } from 'node:fs';
import { SourceMap } from 'node:module';
import { resolve } from 'node:path';
import { ModuleLoadError } from '@aktis/core';
import { compile, isTypeScript } from '@aktis/core/loading';
import type { BuildFailure, Location, Message } from 'esbuild';

/** What esbuild found wrong with the program, with the place and what can be done. */
export function bundleError(error: unknown, root: string): ModuleLoadError {
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
    `The program cannot be bundled for the cluster. ${describe(first, root)}${advice(first)}${more}`,
    {
      cause: first.detail instanceof Error ? first.detail : error,
    },
  );
}

/** `file:line:column: text`, and the line of code. */
function describe({ text, location }: Message, root: string): string {
  if (location === null) return text;
  const { file, line, column, lineText } = inSource(location, root);
  const code = lineText.trim();
  return `${file}:${line}:${column + 1}: ${text}${code === '' ? '' : `\n    ${code.slice(0, 200)}`}`;
}

/** esbuild saw what TypeScript was compiled to, and counts its lines. */
function inSource(location: Location, root: string): Location {
  const { line, column } = location;
  const file = resolve(root, location.file);
  if (!isTypeScript(file)) return location;
  try {
    const [, map = ''] = /\/\/# sourceMappingURL=data:[^,]*,(.*)\s*$/.exec(compile(file, 'root').code) ?? [];
    const found = new SourceMap(JSON.parse(Buffer.from(map, 'base64').toString())).findEntry(line - 1, column);
    if (!('originalLine' in found)) return location;
    const { originalLine, originalColumn } = found;
    const lineText = readFileSync(file, 'utf8').split('\n')[originalLine] ?? '';
    return { ...location, line: originalLine + 1, column: originalColumn, lineText };
  } catch {
    return location;
  }
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
