import { type Arrival, type CompileReply, compileOrRecall, type Keyed } from './compile-service.ts';
import { isTypeScript } from './module-url.ts';
import { resolveSource } from './source-resolver.ts';
import { CompilerMissingError } from './typescript-compiler.ts';

/**
 * The process that worker threads start when a file is not in the cache: `node compile-process.js FILE ARRIVAL`. It
 * compiles the file and all the sources it imports, so that a whole program costs one process.
 */
function compileProgram(root: string, arrival: Arrival): CompileReply {
  const compiled: Keyed[] = [];
  try {
    compiled.push(compileOrRecall(root, arrival));
  } catch (error) {
    const kind = error instanceof CompilerMissingError ? 'missing' : 'syntax';
    return { compiled, failure: { kind, message: String((error as Error).message) } };
  }
  const seen = new Set([root]);
  const queue = [{ file: root, ...(compiled[0] as Keyed).result }];
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    const reached: Arrival = next.format === 'module' ? 'import' : 'require';
    for (const file of importedSources(next.code, next.file)) {
      if (seen.has(file)) continue;
      seen.add(file);
      try {
        const keyed = compileOrRecall(file, reached);
        compiled.push(keyed);
        queue.push({ file, ...keyed.result });
      } catch {
        // Whether it is ever loaded is not known here. The loader asks for it by itself if it is, and hears why.
      }
    }
  }
  return { compiled };
}

/** Literal specifiers only; one found in a string or a comment by mistake costs a file too many. */
function importedSources(code: string, from: string): string[] {
  const specifiers = code.matchAll(/(?:\bfrom|\bimport|\bimport\s*\(|\brequire\s*\()\s*(["'])([^"'\n]+)\1/g);
  return [...specifiers].flatMap(([, , specifier = '']) => {
    const file = resolveSource(specifier, from);
    return file !== undefined && isTypeScript(file) ? [file] : [];
  });
}

const [file = '', arrival = 'root'] = process.argv.slice(2);
process.stdout.write(JSON.stringify(compileProgram(file, arrival as Arrival)));
