import { dirname } from 'node:path';
import { pathToFileURL } from 'node:url';

/** What `import.meta`, `__filename` and `__dirname` are replaced by in a bundle; each module has its own. */
export const moduleNames = {
  'import.meta': '__aktisMeta',
  __filename: '__aktisFile',
  __dirname: '__aktisFolder',
} as const;

/** At the top of a bundle: `require` for what is not in it, and `import.meta` of modules. */
export const moduleRuntime = `\
import { createRequire as __aktisRequire } from "node:module"; const require = __aktisRequire(import.meta.url);
const __aktisResolve = specifier => import.meta.resolve(specifier);
const __aktisMetaOf = (url, filename, dirname) => ({ url, filename, dirname, main: false, resolve: (specifier, parent = url) =>
  /^(?:\\.{0,2}\\/|[a-z][a-z0-9+.-]+:)/i.test(specifier) ? new URL(specifier, parent).href : __aktisResolve(specifier) });`;

const usesNames = /\bimport\.meta\b|\b__filename\b|\b__dirname\b/;

/** `const require = createRequire(import.meta.url)`: without it `require` is one that esbuild follows. */
const ownRequire =
  /^([ \t]*)(?:const|let|var)\s+require\s*=\s*(?:[\w$]+\.)?createRequire\(\s*import\.meta\.(?:url|filename)\s*\);?/m;

/** `code` of the module `file` as it is bundled, with the same lines. */
export function moduleText(file: string, code: string): string {
  let text = code.startsWith('#!') ? `//${code}` : code;
  if (text.includes('createRequire')) text = text.replace(ownRequire, '$1');
  return usesNames.test(text) ? namesOf(file, text) + text : text;
}

/** On the first line of `text`; a directive must stay the first statement. */
function namesOf(file: string, text: string): string {
  const [url, path, folder] = [pathToFileURL(file).href, file, dirname(file)].map(value => JSON.stringify(value));
  const strict = /^(?:\s|\/\/.*\n|\/\*[\s\S]*?\*\/)*(["'])use strict\1/.test(text) ? '"use strict"; ' : '';
  const { 'import.meta': meta, __filename: file_, __dirname: folder_ } = moduleNames;
  return `${strict}var ${meta} = __aktisMetaOf(${url}, ${path}, ${folder}), ${file_} = ${path}, ${folder_} = ${folder}; `;
}

/** `code` without the reference to its source map: definitions and stacks name the file that the program runs. */
export function withoutSourceMap(code: string): string {
  const at = Math.max(code.lastIndexOf('\n//# sourceMappingURL='), code.lastIndexOf('\n//@ sourceMappingURL='));
  return at < 0 || (code.indexOf('\n', at + 1) >= 0 && code.slice(code.indexOf('\n', at + 1)).trim() !== '')
    ? code
    : code.slice(0, at + 1);
}
