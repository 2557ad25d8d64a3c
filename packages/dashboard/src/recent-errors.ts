import type { ErrorInfo, ErrorNote, Status } from './api-types.ts';
import type { Source } from './source.ts';

const SHOWN = 20;
/** Looked through, so that one error that happens all the time does not hide the others. */
const LOOKED_AT = 200;

/** The newest errors of tasks, actors and nodes, equal ones as one. Looks only when something more has failed. */
export class RecentErrors {
  readonly #source: Source;
  #seen = '';
  #notes: readonly ErrorNote[] = [];

  constructor(source: Source) {
    this.#source = source;
  }

  /** The same array as before when nothing is new. */
  async read({ tasks, actors, nodes }: Status): Promise<readonly ErrorNote[]> {
    const dead = nodes.filter(
      ({ state, deathReason }) => state === 'DEAD' && deathReason?.startsWith('left:') !== true,
    );
    const seen = `${tasks.FAILED ?? 0} ${actors.DEAD ?? 0} ${dead.length}`;
    if (seen === this.#seen) return this.#notes;
    const query = { sort: '-endedAt', limit: LOOKED_AT, detail: true };
    const [failed, died] = await Promise.all([
      this.#source.list('tasks', { ...query, filters: [['state', '=', 'FAILED']] }),
      this.#source.list('actors', { ...query, filters: [['state', '=', 'DEAD']] }),
    ]);
    const notes: ErrorNote[] = [];
    for (const { name, taskId, actorId, workerId, nodeId, endedAt, error } of failed.items) {
      if (error !== undefined) notes.push(note(endedAt, error, name, { taskId, actorId, workerId, nodeId }));
    }
    for (const { className, name, actorId, workerId, nodeId, endedAt, deathCause } of died.items) {
      if (deathCause === undefined) continue;
      notes.push(note(endedAt, deathCause, name ?? className, { actorId, workerId, nodeId }));
    }
    for (const { name, nodeId, deathReason = 'The node is gone', startedAt, diedAt = startedAt } of dead) {
      notes.push(note(diedAt, { type: 'NodeDiedError', message: deathReason }, name, { nodeId }));
    }
    this.#seen = seen;
    this.#notes = folded(notes);
    return this.#notes;
  }
}

type Ids = { readonly [Name in 'taskId' | 'actorId' | 'workerId' | 'nodeId']?: string | undefined };

function note(at: string | undefined, error: ErrorInfo, name: string, ids: Ids): ErrorNote {
  const known = Object.fromEntries(Object.entries(ids).filter(([, id]) => id !== undefined));
  return { at: at ?? '', error, name, ...known, count: 1 };
}

/** The newest of each kind, with how many there are. */
function folded(notes: readonly ErrorNote[]): ErrorNote[] {
  const kinds = new Map<string, ErrorNote>();
  for (const one of [...notes].sort((a, b) => (a.at < b.at ? 1 : a.at > b.at ? -1 : 0))) {
    const kind = JSON.stringify([one.name, one.error.type, one.error.message]);
    const newest = kinds.get(kind);
    kinds.set(kind, newest === undefined ? one : { ...newest, count: newest.count + 1 });
  }
  return [...kinds.values()].slice(0, SHOWN);
}
