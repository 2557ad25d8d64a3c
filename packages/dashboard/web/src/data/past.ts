import { signal } from '@preact/signals';

/** These pages show what was written down of a session: their address says of which. */
export const isPast = /\/history\/\w+\/$/.test(location.pathname);

/** Where the pages of the server's own session are, and those of others. */
const root = isPast ? '../../' : './';

export const livePages = root;

export function pagesOf(sessionId: string): string {
  return `${root}history/${sessionId}/`;
}

/** When the session was seen last; undefined: it is not known yet. */
export const endOfPast = signal<number | undefined>(undefined);

/** The present: of a session that is over, its end. */
export function present(): number {
  return endOfPast.value ?? Date.now();
}
