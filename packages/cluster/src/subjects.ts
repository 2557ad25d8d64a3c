import { InvalidControlValueError } from './control-store-limits.ts';

const subjectForm = /^[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*$/;

/** Subjects are words of letters, digits, `_` and `-`, joined by dots. */
export function checkSubject(subject: string): void {
  if (subjectForm.test(subject) && subject.length <= 512) return;
  throw new InvalidControlValueError(
    `${JSON.stringify(subject)} is no subject: write words of letters, digits, "_" and "-", joined by dots`,
  );
}

/** A subject that may end in `.*` (any one word) or `.>` (any one word or more). */
export function checkPattern(pattern: string): void {
  checkSubject(pattern.replace(/\.[*>]$/, ''));
}

export function matches(pattern: string, subject: string): boolean {
  const last = pattern.at(-1);
  if (last !== '*' && last !== '>') return pattern === subject;
  const beginning = pattern.slice(0, -1);
  if (!subject.startsWith(beginning) || subject.length === beginning.length) return false;
  return last === '>' || !subject.includes('.', beginning.length);
}
