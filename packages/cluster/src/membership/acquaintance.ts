import type { Membership } from './membership.ts';

/** How long a new node waits for the first words of those that were there before. */
const ACQUAINTANCE_MS = 500;

/** Work goes only to nodes that have been heard of; they answer in no time, those that do not are suspect for a reason. */
export async function acquainted(membership: Membership): Promise<void> {
  const strangers = () => [...membership.living()].some(({ isSuspect }) => isSuspect);
  if (!strangers()) return;
  await new Promise<void>(resolve => {
    const timer = setTimeout(done, ACQUAINTANCE_MS);
    const end = membership.on({ changed: () => !strangers() && done(), died: () => !strangers() && done() });
    function done(): void {
      clearTimeout(timer);
      end();
      resolve();
    }
  });
}
