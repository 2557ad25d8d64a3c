import { SourceMap, type SourceMapPayload } from 'node:module';
import type { StackFrame } from '../types/threads.ts';

/**
 * Where a frame of compiled code stands in the source.
 *
 * @param mapUrl of the script's source map; only those that carry their content are understood, as our loaders make them
 */
export function sourcePosition(frame: StackFrame, mapUrl: string): StackFrame {
  const { url, line, column } = frame;
  const content = /^data:application\/json[^,]*;base64,(.*)$/s.exec(mapUrl)?.[1];
  if (content === undefined) return frame;
  try {
    const map = new SourceMap(JSON.parse(Buffer.from(content, 'base64').toString()) as SourceMapPayload);
    const entry = map.findEntry(line - 1, column - 1);
    if (!('originalSource' in entry)) return frame;
    return {
      ...frame,
      url: new URL(entry.originalSource, url).href,
      line: entry.originalLine + 1,
      column: entry.originalColumn + 1,
    };
  } catch {
    return frame;
  }
}
