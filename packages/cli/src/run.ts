import { realpathSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { inspect } from 'node:util';
import type { Command } from 'commander';

/** Where `init()` looks for the program whose modules workers load. */
const entrySymbol = Symbol.for('aktis.entry');

/** Frames that every program run by this command stands on. */
const ownFrames =
  /\n\s+at [^\n]*(?:\/core\/(?:bundle|dist)\/loading[-/]|\/cli\/dist\/|\/aktis\/bin\/|\/node_modules\/commander\/)[^\n]*/g;

export function configure(command: Command): void {
  command
    .description(
      'Runs a TypeScript or JavaScript program in this process. TypeScript is compiled as the nearest tsconfig.json says; ' +
        'without one, with experimentalDecorators and emitDecoratorMetadata. Types are not checked.',
    )
    .argument('<file>', 'the program')
    .argument('[args...]', 'what it finds in process.argv')
    .passThroughOptions()
    .addHelpText(
      'after',
      '\nExamples:\n  $ aktis run hello.ts\n  $ aktis run src/train.ts --epochs 3\n  $ node --inspect "$(which aktis)" run hello.ts',
    )
    .action(runProgram);
}

async function runProgram(given: string, args: readonly string[]): Promise<void> {
  const { candidateFile, installTypeScriptLoader, loadModule } = await import('@aktis/core/loading');
  const file = candidateFile(resolve(given));
  if (file === undefined) {
    console.error(`aktis run: there is no file ${resolve(given)}`);
    process.exitCode = 2;
    return;
  }
  const url = pathToFileURL(realpathSync(file)).href;
  (globalThis as { [entrySymbol]?: string })[entrySymbol] = url;
  process.argv = [process.execPath, file, ...args];
  installTypeScriptLoader();
  try {
    await loadModule(url);
  } catch (error) {
    // As Node does with a program that throws: what it left open must not keep it alive.
    console.error(describe(error));
    process.exit(1);
  }
}

function describe(thrown: unknown): string {
  const options = { colors: process.stderr.isTTY };
  if (!(thrown instanceof Error)) return `Uncaught ${inspect(thrown, options)}`;
  thrown.stack = thrown.stack?.replace(ownFrames, '');
  return inspect(thrown, options);
}
