/** A text of others as one cell of a table: in one line, without what terminals obey, and not longer than `most`. */
export function oneLine(text: string, most = 80): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what is meant
  const line = text.replace(/\u001b\[[\d;]*[A-Za-z]/g, '').replace(/[\s\u0000-\u001f\u007f-\u009f]+/g, ' ').trim();
  return line.length > most ? `${line.slice(0, most - 1)}…` : line;
}
