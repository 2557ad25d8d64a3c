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
  return [...markdown.matchAll(fence)].map(([, language, info = '', code = ''], index, all) => {
    const line = markdown.slice(0, all[index]?.index).split('\n').length;
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

/** The targets of links to other files, without what follows `#`. */
export function linksIn(markdown: string): string[] {
  const prose = markdown.replace(/^```[\s\S]*?^```/gm, '').replace(/`[^`\n]*`/g, '');
  return [...prose.matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target = '']) => target.replace(/#.*$/, ''))
    .filter(target => target !== '' && !/^[a-z]+:/.test(target));
}
