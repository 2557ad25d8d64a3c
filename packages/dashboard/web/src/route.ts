import { computed, signal } from '@preact/signals';
import { parseRoute } from './address.ts';

export { href } from './address.ts';

const hash = signal(location.hash);
addEventListener('hashchange', () => (hash.value = location.hash));

export const route = computed(() => parseRoute(hash.value));

export function go(address: string): void {
  location.hash = address;
}

/** Changes what stands behind the `?`, without a new entry in the browser's history. */
export function replaceQuery(changes: Readonly<Record<string, string | undefined>>): void {
  const { path, query } = route.peek();
  const next = new URLSearchParams(query);
  for (const [name, value] of Object.entries(changes)) {
    if (value) next.set(name, value);
    else next.delete(name);
  }
  const search = next.size > 0 ? `?${next}` : '';
  history.replaceState(null, '', `#/${path.map(encodeURIComponent).join('/')}${search}`);
  hash.value = location.hash;
}
