import { stripVTControlCharacters } from 'node:util';

/** A text of others as one cell of a table: in one line, without what terminals obey, and not longer than `most`. */
export function oneLine(text: string, most = 80): string {
  const line = stripVTControlCharacters(text)
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .trim();
  return line.length > most ? `${line.slice(0, most - 1)}…` : line;
}
