import { existsSync, readFileSync, statSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import ignore, { type Ignore } from 'ignore';

/** Never part of a package: the one is made again by `npm ci`, the other is no part of the program. */
const ALWAYS_LEFT_OUT = new Set(['node_modules', '.git']);
/** Beside what git ignores, what is only not to travel. */
const IGNORE_FILES = ['.gitignore', '.aktisignore'];

export interface WorkingFile {
  /** Within the folder, with `/`. */
  readonly name: string;
  readonly path: string;
  readonly bytes: number;
  readonly mode: number;
}

export interface WorkingFiles {
  /** In the order of their names. */
  readonly files: readonly WorkingFile[];
  /** Files, and folders with a `/` at the end, that do not travel. */
  readonly leftOut: readonly string[];
}

/** Rules of the ignore files in one folder. */
interface Rules {
  readonly folder: string;
  readonly rules: Ignore;
}

/**
 * What of a folder travels as a working directory: all but `node_modules`, `.git`, what git ignores, and what
 * `.aktisignore` names in the same way.
 */
export async function workingFiles(folder: string): Promise<WorkingFiles> {
  const root = resolve(folder);
  const files: WorkingFile[] = [];
  const leftOut: string[] = [];
  await walk(root, rulesAbove(root));
  return { files, leftOut };

  async function walk(at: string, above: readonly Rules[]): Promise<void> {
    const own = rulesIn(at);
    const rules = own === undefined ? above : [...above, own];
    const entries = await readdir(at, { withFileTypes: true });
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const path = join(at, entry.name);
      const name = relative(root, path).split('\\').join('/');
      // Links to files travel as the files; folders behind links may lie anywhere, and contain themselves.
      const stat = entry.isSymbolicLink() ? statSync(path, { throwIfNoEntry: false }) : undefined;
      const isFolder = entry.isDirectory();
      const isFile = entry.isFile() || stat?.isFile() === true;
      const isIgnored = ALWAYS_LEFT_OUT.has(entry.name) || isIgnoredBy(rules, path, isFolder);
      if (isIgnored || (!isFolder && !isFile)) leftOut.push(isFolder ? `${name}/` : name);
      else if (isFolder) await walk(path, rules);
      else {
        const { size: bytes, mode } = stat ?? statSync(path);
        files.push({ name, path, bytes, mode });
      }
    }
  }
}

/** As git has it: the rules of the innermost folder that say anything count. */
function isIgnoredBy(rules: readonly Rules[], path: string, isFolder: boolean): boolean {
  for (const { folder, rules: own } of [...rules].reverse()) {
    const name = relative(folder, path).split('\\').join('/') + (isFolder ? '/' : '');
    const { ignored, unignored } = own.test(name);
    if (ignored) return true;
    if (unignored) return false;
  }
  return false;
}

/** Of the folders above, up to the root of the repository. */
function rulesAbove(folder: string): Rules[] {
  if (existsSync(join(folder, '.git'))) return [];
  const found: Rules[] = [];
  for (let at = dirname(folder); ; at = dirname(at)) {
    const rules = rulesIn(at);
    if (rules !== undefined) found.unshift(rules);
    if (existsSync(join(at, '.git'))) return found;
    // There is no repository: its rules are nobody's.
    if (at === dirname(at)) return [];
  }
}

function rulesIn(folder: string): Rules | undefined {
  const texts = IGNORE_FILES.map(name => join(folder, name)).filter(path => existsSync(path));
  if (texts.length === 0) return undefined;
  return { folder, rules: ignore().add(texts.map(path => readFileSync(path, 'utf8')).join('\n')) };
}
