import { signal } from '@preact/signals';

/** Whether anybody looks at this page. Nobody's pages keep no connections: a browser has six for all of them. */
export const isVisible = signal(!document.hidden);

document.addEventListener('visibilitychange', () => (isVisible.value = !document.hidden));
