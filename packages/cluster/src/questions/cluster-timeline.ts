import type { TraceEvent } from '@aktis/core';
import type { Membership } from '../membership/index.ts';
import type { Answers } from './fan-out.ts';

/** One trace of those of several nodes: to its viewers each of them is a process. */
export function clusterTimeline({ of }: Answers<TraceEvent[]>, membership: Membership): TraceEvent[] {
  const taken = new Set<number>();
  return [...of].flatMap(([nodeId, events]) => {
    const record = membership.record(nodeId);
    // Processes of different machines may have the same number.
    let pid = record?.pid ?? 1;
    while (taken.has(pid)) pid++;
    taken.add(pid);
    const name = record?.name ?? nodeId;
    const title: TraceEvent = { name: 'process_name', cat: '', ph: 'M', ts: 0, pid, tid: 0, args: { name, nodeId } };
    return [title, ...events.map(event => ({ ...event, pid }))];
  });
}
