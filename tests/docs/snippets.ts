/** A block of code in a document. */
export interface Snippet {
  /** Of the line that opens it, from 1. */
  readonly line: number;
  readonly language: 'ts' | 'js';
  /** `run`: a program; `file`: a module that programs of the same document import; null: neither. */
  readonly use: 'run' | 'file' | null;
  /** What it is called where it is written to. */
  readonly name: string;
  readonly code: string;
}

const fence = /^```(ts|js)(?:[ \t]+(.*))?\n([\s\S]*?)^```[ \t]*$/gm;

/**
 * The TypeScript and JavaScript blocks of a document. What follows the language says what they are for:
 *
 * ```
 *   ts run            a program, run by `aktis run`
 *   js run            a program, run by `node`
 *   ts file=work.ts   a module, which programs of the same document import as './work.ts'
 * ```
 */
export function snippetsIn(markdown: string): Snippet[] {
  return [...markdown.matchAll(fence)].map(({ index, 1: language, 2: info = '', 3: code = '' }) => {
    const line = markdown.slice(0, index).split('\n').length;
    const file = /^file=(\S+)$/.exec(info.trim())?.[1];
    const use = file !== undefined ? 'file' : info.trim() === 'run' ? 'run' : null;
    return { line, language: language as 'ts' | 'js', use, name: file ?? `line-${line}.${language}`, code };
  });
}

/** The lines that comments `// prints: …` promise, in order; in them `…` stands for anything. */
export function printedBy({ code }: Snippet): RegExp[] {
  return [...code.matchAll(/\/\/ prints: (.*)$/gm)].map(
    ([, text = '']) => new RegExp(`^${text.trimEnd().split('…').map(escaped).join('.*')}$`),
  );
}

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}

const blocks = /^```[\s\S]*?^```/gm;

/** The targets of links within the repository: `file`, `file#heading` or `#heading`. */
export function linksIn(markdown: string): string[] {
  const prose = markdown.replace(blocks, '').replace(/`[^`\n]*`/g, '');
  return [...prose.matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target = '']) => target)
    .filter(target => !/^[a-z]+:/.test(target));
}

/** What links to the headings of a document end in. */
export function anchorsIn(markdown: string): string[] {
  return [...markdown.replace(blocks, '').matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading
      .replace(/&\w+;/g, '')
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

/** The TypeScript files a document names: `core/src/node.ts`, `worker/boot.ts`, `node.ts`. */
export function filesNamedIn(markdown: string): string[] {
  return [...markdown.matchAll(/(?<![\w./-])((?:[a-z-]+\/)*[a-z-]+(?:\.test)?\.ts)\b/g)].map(([, file = '']) => file);
}
