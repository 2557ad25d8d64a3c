import { writeFile } from 'node:fs/promises';

/** `aktis-timeline-2026-01-31T10-20-30.json` */
export function datedName(what: string, ending: string, now = new Date()): string {
  return `aktis-${what}-${now.toISOString().slice(0, 19).replaceAll(':', '-')}.${ending}`;
}

/** Writes data as JSON to a file and says so; `-` means stdout. */
export async function writeJson(file: string, data: unknown, hint: string): Promise<void> {
  const text = JSON.stringify(data);
  if (file === '-') {
    process.stdout.write(`${text}\n`);
    return;
  }
  try {
    await writeFile(file, text);
  } catch (cause) {
    const { AktisError } = await import('@aktis/core');
    throw new AktisError(`${file} cannot be written: ${(cause as Error).message}`, { cause });
  }
  console.error(`Written to ${file}; ${hint}`);
}
