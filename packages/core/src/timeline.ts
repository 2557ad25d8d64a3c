import { publicId } from './ids.ts';
import type { NodeState } from './state/node-state.ts';
import { nameOf } from './state/task-names.ts';

/** One event of the Chrome trace format. */
export interface TraceEvent {
  readonly name: string;
  readonly cat: string;
  readonly ph: 'X' | 'M';
  readonly ts: number;
  readonly dur?: number;
  readonly pid: number;
  readonly tid: number;
  readonly args: Readonly<Record<string, unknown>>;
}

/** When and where the newest ended tasks ran: a row for each worker. */
export function traceEvents(nodeId: string, { tasks: history, actorIds }: NodeState): TraceEvent[] {
  const events: TraceEvent[] = [];
  const threads = new Set<number>();
  const { pid } = process;
  for (let place = history.start; place < history.end; place++) {
    const start = history.startedAt(place);
    if (start === 0) continue;
    const tid = history.thread(place);
    threads.add(tid);
    const actor = history.actor(place);
    const args = {
      failed: history.hasFailed(place),
      taskId: history.foreignId(place) ?? publicId(nodeId, history.id(place)),
      attempt: history.attempt(place),
      ...(actor === 0 ? {} : { actorId: actorIds.of(actor) }),
    };
    const dur = (history.endedAt(place) - start) * 1000;
    const name = nameOf(history.callable(place), history.method(place));
    events.push({ name, cat: actor === 0 ? 'task' : 'actor', ph: 'X', ts: start * 1000, dur, pid, tid, args });
  }
  const rows = [...threads].map((tid): TraceEvent => {
    return { name: 'thread_name', cat: '', ph: 'M', ts: 0, pid, tid, args: { name: `worker ${tid}` } };
  });
  return [...rows, ...events];
}
