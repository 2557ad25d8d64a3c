import type { Holdable, Waiter } from '@aktis/core';
import { ObjectEntry } from '@aktis/core/hub';
import type { Peer } from '../peers/peer.ts';

/** Whose something is that this node only borrows. */
export interface ForeignName {
  readonly owner: string;
  readonly id: number;
}

/** An object of another node's. Nothing is known of its value until somebody here waits for it. */
export class ForeignEntry extends ObjectEntry {
  readonly #watch: (entry: ForeignEntry) => void;
  #isWatched = false;

  constructor(localId: number, { owner, id }: ForeignName, watch: (entry: ForeignEntry) => void) {
    super(localId);
    this.owner = owner;
    this.ownerId = id;
    this.#watch = watch;
  }

  override wait(waiter: Waiter): void {
    super.wait(waiter);
    if (this.isSettled || this.#isWatched) return;
    this.#isWatched = true;
    this.#watch(this);
  }

  /** It was lost, and its owner has been asked already to find it again. */
  reopenWatched(): void {
    this.reopen(undefined);
    this.#isWatched = true;
  }
}

/** The handles this node was sent on one foreign object or actor: to be given back when nobody here needs it any more. */
class Loan {
  readonly name: ForeignName;
  readonly counts = new Map<Peer, { readonly id: number; count: number }>();
  /** The owner knows of this node. */
  isRegistered = false;

  constructor(name: ForeignName) {
    this.name = name;
  }

  add(peer: Peer, id: number): void {
    const known = this.counts.get(peer);
    if (known === undefined) this.counts.set(peer, { id, count: 1 });
    else known.count++;
  }

  giveBack(release: (peer: Peer, counts: readonly number[]) => void): void {
    for (const [peer, { id, count }] of this.counts) release(peer, [id, count]);
    this.counts.clear();
  }
}

/** What this node borrows from others, or keeps for them, by its owner's name. Holds nothing alive by itself. */
export class ForeignObjects {
  readonly #items = new Map<string, WeakRef<Holdable>>();
  readonly #names = new WeakMap<Holdable, ForeignName>();
  readonly #loans = new WeakMap<Holdable, Loan>();
  readonly #collected: FinalizationRegistry<Loan>;

  constructor(release: (peer: Peer, counts: readonly number[]) => void) {
    this.#collected = new FinalizationRegistry(loan => {
      const key = keyOf(loan.name);
      // Another may have taken its place since.
      if (this.#items.get(key)?.deref() === undefined) this.#items.delete(key);
      loan.giveBack(release);
    });
  }

  /** Undefined: it is this node's own. */
  nameOf(item: Holdable): ForeignName | undefined {
    return this.#names.get(item);
  }

  find(name: ForeignName): Holdable | undefined {
    return this.#items.get(keyOf(name))?.deref();
  }

  /** `item` is what this node has for `name`. */
  add(name: ForeignName, item: Holdable): void {
    this.#items.set(keyOf(name), new WeakRef(item));
    this.#names.set(item, name);
    const loan = new Loan(name);
    this.#loans.set(item, loan);
    this.#collected.register(item, loan);
  }

  /** `peer` has sent a handle on it, which it calls `id`. */
  received(item: Holdable, peer: Peer, id: number): void {
    this.#loans.get(item)?.add(peer, id);
  }

  /** True, once: its owner must be told that this node has it. */
  needsRegistration(item: Holdable): boolean {
    const loan = this.#loans.get(item);
    if (loan === undefined || loan.isRegistered) return false;
    loan.isRegistered = true;
    return true;
  }

  /** The owner has noted this node: whoever passed it on need not keep it for us. */
  registered(item: Holdable, owner: Peer, release: (peer: Peer, counts: readonly number[]) => void): void {
    const loan = this.#loans.get(item);
    if (loan === undefined) return;
    const others = new Loan(loan.name);
    for (const [peer, counts] of loan.counts) {
      if (peer === owner) continue;
      others.counts.set(peer, counts);
      loan.counts.delete(peer);
    }
    loan.add(owner, loan.name.id);
    others.giveBack(release);
  }

  /** What `nodeId` owns, of what is in use here. */
  *ownedBy(nodeId: string): Generator<Holdable> {
    for (const [key, reference] of this.#items) {
      if (!key.startsWith(nodeId)) continue;
      const item = reference.deref();
      if (item !== undefined) yield item;
    }
  }
}

function keyOf({ owner, id }: ForeignName): string {
  return `${owner}:${id}`;
}
