import { setTimeout } from 'node:timers/promises';
import { ObjectLostError } from './errors.ts';
import { explainObject } from './explain.ts';
import type { Node } from './node.ts';
import { nodeInfo } from './node-info.ts';
import type { ObjectEntry } from './object-entry.ts';
import { ObjectRef } from './object-ref.ts';
import type { Asker, Question } from './questions.ts';
import type { ResourceMap } from './resources.ts';
import { declareStateQuestions } from './state/state-questions.ts';
import { Task } from './task.ts';
import { traceEvents } from './timeline.ts';
import type { CancelOptions, PlacementGroupOptions } from './types.ts';

/** How long a worker may take to answer before it counts as busy. */
const PING_MS = 200;

interface NamedRef {
  readonly ref: { readonly id: number; readonly held: ObjectEntry | null };
}

interface Reservation {
  readonly groupId: string;
  readonly bundles: readonly ResourceMap[];
  readonly options: PlacementGroupOptions;
  readonly id: number;
}

/** The questions every node answers; extensions add theirs. */
export function declareQuestions(node: Node): void {
  const answers: Record<string, (value: never, asker: Asker) => unknown> = {
    nodes: () => [nodeInfo(node)],
    clusterResources: () => node.scheduler.pool.total,
    availableResources: () => node.scheduler.pool.available,
    memoryStats: () => node.store.statistics,
    timeline: () => traceEvents(node.id, node.state),
    explain: ({ ref }: NamedRef, asker) => explain(entryOf(ref, asker)),
    cancel: ({ ref, options }: NamedRef & { options: Required<CancelOptions> }, asker) => {
      const { producer } = entryOf(ref, asker);
      if (producer instanceof Task) producer.route.cancel(producer, options);
    },
    reserve: ({ groupId, bundles, options, id }: Reservation, { thread }) => {
      const { job } = thread?.environment ?? {};
      thread?.hold([node.placementGroups.create(groupId, bundles, options, id, job)]);
    },
    removePlacementGroup: ({ id }: { id: string }) => node.placementGroups.remove(id),
    ready: ({ refs, count, fetchLocal }: { refs: ObjectRef[]; count: number; fetchLocal: boolean }) => {
      const ready: number[] = [];
      refs.forEach((ref, i) => {
        const { isSettled, source } = ref.held as ObjectEntry;
        if (ready.length < count && isSettled && !(fetchLocal && source !== null)) ready.push(i);
      });
      return ready;
    },
    streamItem: (place: { id: number; position: number }, asker) => streamItem(node, place, asker),
    abandonStream: ({ id }: { id: number }, { thread }) => {
      const entry = thread?.held(id) as ObjectEntry | undefined;
      if (entry !== undefined) node.streams.get(entry)?.abandon();
    },
  };
  declareStateQuestions(node);
  for (const [name, answer] of Object.entries(answers)) node.questions.set(name, answer as Question);
}

async function streamItem(
  node: Node,
  { id, position }: { id: number; position: number },
  { thread, task }: Asker,
): Promise<ObjectRef | undefined> {
  const entry = thread?.held(id) as ObjectEntry | undefined;
  const stream = entry === undefined ? undefined : node.streams.get(entry);
  if (stream === undefined) return undefined;
  const waits = task !== null && position >= stream.produced && !stream.ended;
  if (waits) task.route.blocked(task);
  const item = await stream.item(position);
  if (waits && task.thread === thread) await new Promise<void>(resolve => task.route.unblock(task, resolve));
  return item === undefined ? undefined : new ObjectRef(item, node.runtime);
}

/** Why it is not ready; of running code also whether it lets its event loop turn. */
async function explain(entry: ObjectEntry): Promise<string> {
  const { producer } = entry;
  const host = producer instanceof Task && producer.hasStarted ? producer.thread?.host : undefined;
  if (!host || (await answersWithin(PING_MS, host.control.ping()))) return explainObject(entry);
  return `${explainObject(entry)}, in code that has kept its thread busy for at least ${PING_MS} ms without an await`;
}

async function answersWithin(milliseconds: number, answer: Promise<unknown>): Promise<boolean> {
  const answered = answer.then(
    () => true,
    () => true,
  );
  return Promise.race([answered, setTimeout(milliseconds, false, { ref: false })]);
}

function entryOf({ id, held }: NamedRef['ref'], { thread }: Asker): ObjectEntry {
  const entry = held ?? (thread?.held(id) as ObjectEntry | undefined);
  if (entry === undefined) throw new ObjectLostError('The ref belongs to a session or worker that is gone');
  return entry;
}
