import { publicId } from '../ids.ts';
import type { Holdable } from '../object-entry.ts';
import type { Account } from '../object-store.ts';
import type { ObjectInfo, ObjectReferenceKind } from '../types/state.ts';
import type { WorkerThread } from '../worker-thread.ts';
import { detail, list, number, structure, text, time } from './columns.ts';
import type { NodeHandles, NodeState, StateNode } from './node-state.ts';
import type { Needs, StateTable } from './state-table.ts';
import { TurnBudget } from './turn-budget.ts';

type Counts = Partial<Record<ObjectReferenceKind, number>>;

const STEP = 256;

/**
 * What lies in the object store. Nothing counts references while the node works: whoever looks finds them, by going
 * through what could refer to an object. A ref of the driver cannot be found so; it is what remains.
 */
export class ObjectTable implements StateTable<Account, ObjectInfo> {
  readonly idColumn = 'objectId';
  readonly dropped = 0;
  readonly columns: StateTable<Account, ObjectInfo>['columns'];
  readonly #node: StateNode;
  readonly #state: NodeState;
  /** What tasks, actors and other objects refer to, as of the last query. */
  #references = new Map<number, Counts>();

  constructor(node: StateNode, state: NodeState) {
    this.#node = node;
    this.#state = state;
    const creatorThread = ({ id }: Account) => Math.floor(id / 2 ** 32);
    this.columns = {
      objectId: text(({ id, entry }) => entry.deref()?.publicId ?? publicId(node.id, id)),
      sizeBytes: number(({ bytes }) => bytes),
      location: text(({ file }) => (file === null ? 'MEMORY' : 'SPILLED')),
      kind: text(({ creator }) => (creator === null ? 'PUT' : creator === 'copy' ? 'COPY' : 'RETURN')),
      referencedBy: list(account => Object.keys(this.#referencesTo(account))),
      nodeId: text(() => node.id),
      taskId: text(({ creator }) =>
        isTask(creator) ? (creator.publicId ?? publicId(node.id, creator.id)) : undefined,
      ),
      creator: text(({ creator }) => (isTask(creator) ? creator.name : (creator ?? 'put'))),
      createdAt: time(({ createdAt }) => createdAt),
      workerId: detail(
        text(account => {
          const number = account.creator === null ? creatorThread(account) : 0;
          return number === 0 ? undefined : publicId(node.id, number * 2 ** 32);
        }),
      ),
      references: detail(structure(account => this.#referencesTo(account))),
      workerIds: detail(list(account => [...this.#holders(account)].map(({ workerId }) => workerId))),
      nodeIds: detail(list(account => [...this.#borrowers(account)].map(({ nodeId }) => nodeId))),
      callSite: detail(text(({ callSite }) => callSite)),
    };
  }

  async rows(needs: Needs): Promise<Account[]> {
    const budget = new TurnBudget();
    if (needs.has('referencedBy') || needs.has('references')) this.#references = await this.#findReferences(budget);
    return [...this.#node.store.accounts()];
  }

  current(account: Account): Account | undefined {
    return account.entry.deref() === undefined ? undefined : account;
  }

  #referencesTo(account: Account): Counts {
    const found: Counts = { ...this.#references.get(account.id) };
    for (const { handles } of this.#holders(account)) found.WORKER = (found.WORKER ?? 0) + handles.count(account.id);
    for (const { handles } of this.#borrowers(account)) found.NODE = (found.NODE ?? 0) + handles.count(account.id);
    if (Object.keys(found).length === 0) found.DRIVER = 1;
    return found;
  }

  *#holders({ id }: Account): Generator<WorkerThread> {
    for (const thread of this.#node.pool.threads) if (thread.handles.count(id) > 0) yield thread;
  }

  *#borrowers({ id }: Account): Generator<NodeHandles> {
    for (const peer of this.#state.peers()) if (peer.handles.count(id) > 0) yield peer;
  }

  async #findReferences(budget: TurnBudget): Promise<Map<number, Counts>> {
    const references = new Map<number, Counts>();
    const add = (kind: ObjectReferenceKind, items: Iterable<Holdable> | null | undefined) => {
      if (items === null || items === undefined) return;
      for (const { id } of items) {
        let counts = references.get(id);
        if (counts === undefined) references.set(id, (counts = {}));
        counts[kind] = (counts[kind] ?? 0) + 1;
      }
    };
    let steps = 0;
    const isTimeUp = () => ++steps % STEP === 0 && budget.isSpent;
    for (const tasks of this.#state.unfinished()) {
      for (const task of tasks) {
        add('TASK_ARGUMENT', task.arguments?.entries);
        add('TASK_ARGUMENT', task.contains);
        if (isTimeUp()) await budget.pause();
      }
    }
    for (const { entry } of this.#node.store.accounts()) {
      add('OBJECT', entry.deref()?.contains);
      if (isTimeUp()) await budget.pause();
    }
    for (const items of this.#state.actors.constructions()) {
      add('ACTOR', items);
      if (isTimeUp()) await budget.pause();
    }
    return references;
  }
}

function isTask(creator: Account['creator']): creator is Exclude<Account['creator'], null | 'copy'> {
  return creator !== null && creator !== 'copy';
}
