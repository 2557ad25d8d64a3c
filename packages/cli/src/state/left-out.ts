import type { StateListFacts } from '@aktis/core';

/** What a list does not show, for stderr: in one or two lines, or none. */
export function leftOut(
  what: string,
  shown: number,
  { total, dropped, truncated, missingNodes }: Partial<StateListFacts> & { readonly total: number },
): string[] {
  const lines: string[] = [];
  if (truncated) lines.push(`Showing ${shown} of ${total} ${what}: --limit, --offset or --filter show others`);
  if (dropped) lines.push(`${dropped} older ${what} have been forgotten`);
  if (missingNodes?.length) {
    lines.push(`No answer from ${missingNodes.map(id => id.slice(0, 12)).join(', ')}: what is there is missing`);
  }
  return lines;
}
