import type { ControlStore } from '../control-store.ts';

/** What another node knows of a suspect: `unsure` when it has not listened long enough. */
export type Opinion = 'heard' | 'silent' | 'unsure';

export function opinionSubject(nodeId: string): string {
  return `node.${nodeId}.opinion`;
}

/** Asks one node what it has heard of another. One that does not answer has no opinion. */
export async function askOpinion(
  store: ControlStore,
  nodeId: string,
  suspectId: string,
  timeout: number,
): Promise<Opinion> {
  try {
    return (await store.request(opinionSubject(nodeId), suspectId, timeout)) as Opinion;
  } catch {
    return 'unsure';
  }
}
