import { signal } from '@preact/signals';

/** Counts how often the reader wanted everything fresh. */
export const refreshes = signal(0);

export function refresh(): void {
  refreshes.value++;
}
