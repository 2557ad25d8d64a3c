/** A word as a POSIX shell must be given it to take it as it is: `A=b` in quotes, because it may stand first. */
export function shellWord(word: string): string {
  return /^(?!\w*=)[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

/** A command as it can be pasted into a shell. */
export function shellCommand(words: readonly string[]): string {
  return words.map(shellWord).join(' ');
}
