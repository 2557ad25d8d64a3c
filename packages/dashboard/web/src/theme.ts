import { computed, signal } from '@preact/signals';

const KEY = 'aktis-theme';
const prefersDark = matchMedia('(prefers-color-scheme: dark)');

/** What the reader chose; undefined: what the system says. `public/theme.js` reads it before the first paint. */
const chosen = signal(document.documentElement.dataset.theme);
const system = signal(prefersDark.matches ? 'dark' : 'light');
prefersDark.addEventListener('change', ({ matches }) => (system.value = matches ? 'dark' : 'light'));

/** Canvases subscribe to it: they draw again with `ink`. */
export const theme = computed(() => chosen.value ?? system.value);

export function switchTheme(): void {
  const next = theme.peek() === 'dark' ? 'light' : 'dark';
  document.documentElement.dataset.theme = next;
  localStorage.setItem(KEY, next);
  chosen.value = next;
}

let probe: HTMLElement | undefined;

/** The colour that a custom property such as `--accent` has in the theme of the moment, for a canvas. */
export function ink(property: string): string {
  probe ??= document.body.appendChild(Object.assign(document.createElement('i'), { hidden: true }));
  probe.style.color = `var(${property})`;
  return getComputedStyle(probe).color;
}
