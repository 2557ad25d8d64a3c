import { setTimeout } from 'node:timers';
import type { Bundles, Node } from '@aktis/core';
import { BundleClaim } from '@aktis/core/hub';

/** How long a node tries to reserve bundles: two groups that each have half of what the other needs both let go. */
const RESERVING_MS = 500;

/** What this node reserves for placement groups. A round is one attempt of a group's home. */
export class HostedBundles {
  readonly #node: Node;
  /** What is not the group's yet: `home` may still let go of it. */
  readonly #rounds = new Map<string, { readonly claim: BundleClaim; readonly home: string; end(): void }>();

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
    const key = `${id} ${round}`;
    const timer = setTimeout(() => {
      this.settle(id, round, false);
      answer(false);
    }, RESERVING_MS).unref();
    this.#rounds.set(key, { claim, home, end: () => clearTimeout(timer) });
    scheduler.claim(claim);
  }

  /** What was reserved in that round belongs to the group now, or (`isKept` false) is free again. */
  settle(id: string, round: number, isKept: boolean): void {
    const key = `${id} ${round}`;
    const pending = this.#rounds.get(key);
    if (pending === undefined) return;
    this.#rounds.delete(key);
    pending.end();
    const { claim } = pending;
    const { scheduler, placementGroups } = this.#node;
    if (!claim.isGranted) scheduler.withdraw(claim);
    else if (!isKept) scheduler.release(claim.shape);
    else {
      const part = placementGroups.part(id);
      part.expect(claim.bundles);
      part.keep(claim);
    }
  }

  /** Which bundles of a group are here; also those of which its home has yet to say that they are to stay. */
  held(id: string): number[] {
    const held = this.#node.placementGroups.knownPart(id)?.indexes ?? [];
    for (const [key, { claim }] of this.#rounds) {
      if (key.startsWith(`${id} `) && claim.isGranted) held.push(...claim.bundles.keys());
    }
    return held;
  }

  /** Nobody is left who would say what becomes of it. */
  homeGone(home: string): void {
    for (const [key, pending] of [...this.#rounds]) {
      if (pending.home !== home) continue;
      const at = key.lastIndexOf(' ');
      this.settle(key.slice(0, at), Number(key.slice(at + 1)), false);
    }
  }
}
