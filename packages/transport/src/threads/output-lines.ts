import type { Readable } from 'node:stream';

/** A line longer than this is handed on in pieces: nothing may gather without bound. */
const LONGEST = 64 * 1024;

/** Reads `stream` line by line, without the line ends; what follows the last one comes at the end. */
export function readLines(stream: Readable, onLine: (line: string) => void): Promise<void> {
  stream.setEncoding('utf8'); // characters may be cut between two chunks
  let rest = '';
  stream.on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) onLine(line.endsWith('\r') ? line.slice(0, -1) : line);
    if (rest.length > LONGEST) {
      onLine(rest);
      rest = '';
    }
  });
  stream.resume(); // it may have been paused when it was taken from another reader
  return new Promise(resolve => {
    stream.once('end', () => {
      if (rest !== '') onLine(rest);
      resolve();
    });
  });
}

/** The last lines of an output, for the reason of an exit. */
export class Tail {
  readonly lines: string[] = [];

  add(line: string): void {
    this.lines.push(line);
    if (this.lines.length > 20) this.lines.shift();
  }
}
