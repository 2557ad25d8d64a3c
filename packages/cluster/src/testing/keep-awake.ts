import { setInterval } from 'node:timers';

/** What a test waits for keeps its process alive; a cluster that nobody waits for does not. */
export async function keepAwake<T>(work: () => Promise<T>): Promise<T> {
  const alive = setInterval(() => {}, 2 ** 30);
  try {
    return await work();
  } finally {
    clearInterval(alive);
  }
}
