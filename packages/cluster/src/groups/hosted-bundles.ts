import { setTimeout } from 'node:timers';
import type { Bundles, Node } from '@aktis/core';
import { BundleClaim } from '@aktis/core/hub';

/** How long a node tries to reserve bundles: two groups that each have half of what the other needs both let go. */
const RESERVING_MS = 500;

interface Round {
  readonly claim: BundleClaim;
  readonly home: string;
  readonly id: string;
  readonly number: number;
  end(): void;
}

/** What this node reserves for placement groups. A round is one attempt of a group's home. */
export class HostedBundles {
  readonly #node: Node;
  /** What is not the group's yet: `home` may still let go of it. A group that has another home begins to count anew. */
  readonly #rounds = new Map<string, Round>();

  constructor(node: Node) {
    this.#node = node;
  }

  reserve(
    home: string,
    id: string,
    round: number,
    name: string,
    bundles: Bundles,
    answer: (isReserved: boolean) => void,
  ): void {
    const { scheduler } = this.#node;
    const claim = new BundleClaim(name, bundles, () => {
      clearTimeout(timer);
      answer(true);
    });
    if (this.#node.isEnding || !scheduler.pool.couldEverFit(claim.shape)) {
      answer(false);
      return;
    }
    const timer = setTimeout(() => {
      this.settle(home, id, round, false);
      answer(false);
    }, RESERVING_MS).unref();
    this.#rounds.set(keyOf(home, id, round), { claim, home, id, number: round, end: () => clearTimeout(timer) });
    scheduler.claim(claim);
  }

  /**
   * What was reserved in that round belongs to the group now, or (`isKept` false) is free again. Returns whether anything
   * was reserved.
   */
  settle(home: string, id: string, round: number, isKept: boolean): boolean {
    const key = keyOf(home, id, round);
    const pending = this.#rounds.get(key);
    if (pending === undefined) return false;
    this.#rounds.delete(key);
    pending.end();
    const { claim } = pending;
    const { scheduler, placementGroups } = this.#node;
    if (!claim.isGranted) scheduler.withdraw(claim);
    // One that has been removed meanwhile would never give it back.
    else if (!isKept || placementGroups.isGone(id)) scheduler.release(claim.shape);
    else {
      const part = placementGroups.part(id);
      part.expect(claim.bundles);
      part.keep(claim);
    }
    return claim.isGranted;
  }

  /** Which bundles of a group are here; also those of which its home has yet to say that they are to stay. */
  held(id: string): number[] {
    const held = this.#node.placementGroups.knownPart(id)?.indexes ?? [];
    for (const { id: group, claim } of this.#rounds.values()) {
      if (group === id && claim.isGranted) held.push(...claim.bundles.keys());
    }
    return held;
  }

  /** Nobody is left who would say what becomes of it. Returns the groups for which something was reserved. */
  homeGone(home: string): Set<string> {
    const changed = new Set<string>();
    for (const { home: of, id, number } of [...this.#rounds.values()]) {
      if (of === home && this.settle(home, id, number, false)) changed.add(id);
    }
    return changed;
  }
}

function keyOf(home: string, id: string, round: number): string {
  return `${home} ${id} ${round}`;
}
