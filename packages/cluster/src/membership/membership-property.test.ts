import fc from 'fast-check';
import type { NodeRecord } from '../records.ts';
import { SimulatedCluster, type SimulatedNode } from '../simulation/index.ts';

interface Mishap {
  readonly after: number;
  readonly kind: 'kill' | 'freeze' | 'cut' | 'link' | 'outage' | 'start' | 'leave' | 'drain' | 'busy';
  readonly node: number;
  readonly peer: number;
  readonly duration: number;
  readonly notices: number;
}

const mishap: fc.Arbitrary<Mishap> = fc.record({
  after: fc.integer({ min: 0, max: 25_000 }),
  kind: fc.constantFrom(
    'kill',
    'freeze',
    'freeze',
    'cut',
    'cut',
    'link',
    'outage',
    'start',
    'start',
    'leave',
    'drain',
    'busy',
  ),
  node: fc.nat(100),
  peer: fc.nat(100),
  duration: fc.oneof(fc.integer({ min: 10, max: 12_000 }), fc.integer({ min: 8_000, max: 60_000 })),
  notices: fc.integer({ min: 0, max: 15_000 }),
});

/** How long facts about a node may be old when they count against it. */
const FACTS_MS = 7_000;
/** Dead ones are declared so within this time while the store is there and somebody has been able to look. */
const DEATH_MS = 30_000;

/** Lets mishaps happen, and watches every verdict. */
class Story {
  readonly cluster: SimulatedCluster;
  /** When something was last wrong with a node (stopped or cut off), undefined: never; Infinity: it still is. */
  readonly #troubledUntil = new Map<SimulatedNode, number>();
  readonly #killedAt = new Map<SimulatedNode, number>();
  readonly #joinedAt = new Map<SimulatedNode, number>();
  #outageUntil = 0;
  readonly #departed = new Set<SimulatedNode>();
  #told = 0;
  readonly wrongs: string[] = [];

  constructor(seed: number) {
    this.cluster = new SimulatedCluster(seed);
    this.cluster.server.table('nodes').onChange.add(() => this.#tableChanged());
  }

  async run(mishaps: readonly Mishap[]): Promise<void> {
    for (let i = 0; i < 3; i++) await this.#start();
    for (const next of mishaps) {
      await this.#pass(next.after);
      await this.#happen(next);
    }
    const longest = Math.max(0, ...mishaps.map(({ duration }) => duration));
    await this.#pass(longest + 60_000);
    this.#checkAgreement();
  }

  get #now(): number {
    return this.cluster.time.now;
  }

  get #running(): SimulatedNode[] {
    return this.cluster.nodes.filter(
      node => node.process.state !== 'killed' && node.fenced === undefined && !this.#departed.has(node),
    );
  }

  async #start(): Promise<void> {
    const node = await this.cluster.start();
    this.#joinedAt.set(node, this.#now);
    node.membership.on({ fenced: reason => this.#fenced(node, reason) });
  }

  async #happen({ kind, node: number, peer: other, duration, notices }: Mishap): Promise<void> {
    const running = this.#running;
    const node = running[number % running.length];
    const peer = running[other % running.length];
    if (kind === 'outage') return this.#outage(duration);
    if (kind === 'start') {
      if (this.cluster.server.isUp && running.length < 6) await this.#start();
      return;
    }
    // One always lives, so that there is somebody to look.
    if (node === undefined || peer === undefined || (running.length < 2 && kind !== 'busy')) return;
    if (kind === 'kill') {
      this.#killedAt.set(node, this.#now);
      this.cluster.kill(node, this.cluster.nodes.slice(other % 3));
    } else if (kind === 'freeze')
      this.#trouble(
        node,
        duration,
        () => node.process.stop(),
        () => node.process.continue(),
      );
    else if (kind === 'cut') {
      if (other % 2 === 0) for (const third of running) if (third !== node) this.cluster.closeLink(node, third);
      this.#trouble(
        node,
        duration,
        () => node.store.cut(notices, 15_000 - notices),
        () => {
          node.store.mend();
          for (const third of this.cluster.nodes) this.cluster.openLink(node, third);
        },
      );
    } else if (kind === 'link' && peer !== node) {
      this.cluster.closeLink(node, peer);
      this.cluster.time.after(duration, () => this.cluster.openLink(node, peer));
    } else if (kind === 'leave') {
      this.#departed.add(node);
      void node.membership.leave('had enough');
    } else if (kind === 'drain') node.membership.setDraining().catch(() => {});
    else if (kind === 'busy') {
      for (let i = 0; i < 50; i++) node.process.after(i * 10, () => node.membership.loadChanged());
    }
  }

  #outage(duration: number): void {
    const { server, time } = this.cluster;
    if (!server.isUp) return;
    server.goDown();
    this.#outageUntil = Number.POSITIVE_INFINITY;
    time.after(duration, () => {
      server.comeUp();
      this.#outageUntil = this.#now;
    });
  }

  #trouble(node: SimulatedNode, duration: number, begin: () => void, end: () => void): void {
    if (this.#isTroubled(node, 0)) return;
    begin();
    this.#troubledUntil.set(node, Number.POSITIVE_INFINITY);
    this.cluster.time.after(duration, () => {
      end();
      this.#troubledUntil.set(node, this.#now);
    });
  }

  /** Whether something is wrong with it, or was so many milliseconds ago. */
  #isTroubled(node: SimulatedNode, since: number): boolean {
    return (
      this.#now - (this.#troubledUntil.get(node) ?? Number.NEGATIVE_INFINITY) < since ||
      this.#troubledUntil.get(node) === Number.POSITIVE_INFINITY
    );
  }

  #tableChanged(): void {
    const { changes } = this.cluster.server.table('nodes');
    for (; this.#told < changes.length; this.#told++) {
      const record = JSON.parse(changes[this.#told]?.entry?.value ?? '{}') as NodeRecord;
      const node = this.cluster.nodes.find(({ nodeId }) => nodeId === record.nodeId);
      if (record.state === 'DEAD' && node !== undefined) this.#verdict(node, record.deathReason as string);
    }
  }

  #verdict(node: SimulatedNode, reason: string): void {
    if (/^left:|^fenced itself/.test(reason) || this.#killedAt.has(node) || this.#departed.has(node)) return;
    if (!this.#isTroubled(node, FACTS_MS) && node.fenced === undefined)
      this.#wrong(node, `was well and was declared dead: ${reason}`);
    if (reason.startsWith('silent') && node.membership.standing() === true && this.#couldKnow(node)) {
      this.#wrong(node, `was declared dead while it served: ${reason}`);
    }
  }

  /**
   * Whether its peers could have told a running node that they have the store. Nobody can ask those that joined after it
   * was cut off, and a peer that was cut off as well cannot tell its own loss from everybody's.
   */
  #couldKnow(node: SimulatedNode): boolean {
    if (node.process.state !== 'running') return false;
    const justNow = (peer: SimulatedNode) => this.#now - (this.#killedAt.get(peer) ?? this.#now) < FACTS_MS;
    const known = this.cluster.nodes.filter(
      peer => peer !== node && justNow(peer) && node.membership.get(peer.nodeId) !== undefined,
    );
    const linked = known.filter(peer => this.cluster.linkOpenFor(node, peer) > 0);
    const well = linked.filter(
      peer =>
        this.#running.includes(peer) &&
        !this.#isTroubled(peer, 2 * FACTS_MS) &&
        this.cluster.linkOpenFor(node, peer) > FACTS_MS,
    );
    return well.length > 0 || 2 * (linked.length + 1) <= known.length + 1;
  }

  #fenced(node: SimulatedNode, reason: string): void {
    if (!reason.includes('could not reach') || this.#isTroubled(node, FACTS_MS)) return;
    if (this.#isBuried(node)) return;
    // Whoever hears of few must take itself for the one that was cut off.
    const canAnswer = (peer: SimulatedNode) =>
      peer === node || (!this.#isTroubled(peer, FACTS_MS) && this.cluster.linkOpenFor(node, peer) > FACTS_MS);
    const members = [...node.membership.living()].length;
    if (reason.includes('no peer answers') && this.#running.filter(canAnswer).length <= members / 2) return;
    this.#wrong(node, `was well and fenced itself: ${reason}`);
  }

  /** Time passes, and every second it is seen whether the dead are known to be dead. */
  async #pass(milliseconds: number): Promise<void> {
    const end = this.#now + milliseconds;
    while (this.#now < end) {
      await this.cluster.time.pass(Math.min(1_000, end - this.#now));
      this.#checkDeaths();
    }
  }

  #checkDeaths(): void {
    const wellFor = (node: SimulatedNode) =>
      !this.#isTroubled(node, DEATH_MS) && this.#now - (this.#joinedAt.get(node) ?? 0) > DEATH_MS;
    if (this.#now - this.#outageUntil < DEATH_MS || !this.#running.some(wellFor)) return;
    for (const [node, killedAt] of this.#killedAt) {
      if (this.#now - killedAt > DEATH_MS && !this.#isBuried(node)) {
        this.#wrong(node, `was killed ${this.#now - killedAt} ms ago and counts as alive`);
        this.#killedAt.set(node, Number.POSITIVE_INFINITY);
      }
    }
  }

  #isBuried({ nodeId }: SimulatedNode): boolean {
    const entry = this.cluster.server.table('nodes').get(nodeId);
    return entry !== undefined && (JSON.parse(entry.value) as NodeRecord).state === 'DEAD';
  }

  #checkAgreement(): void {
    const living = this.#running.map(({ nodeId }) => nodeId).sort();
    for (const node of this.#running) {
      const view = [...node.membership.living()];
      const ids = view.map(({ record }) => record.nodeId).sort();
      if (String(ids) !== String(living)) this.#wrong(node, `sees ${ids}, but ${living} live`);
      if (view.some(member => member.isSuspect)) this.#wrong(node, 'still suspects somebody');
      if (node.membership.standing() !== true) this.#wrong(node, 'does not know whether it is a member');
    }
    for (const node of this.#running)
      if (this.#isBuried(node)) this.#wrong(node, 'was declared dead and is not fenced');
  }

  #wrong(node: SimulatedNode, what: string): void {
    this.wrongs.push(`${Math.round(this.#now)} ms: ${node.membership.self.name} ${what}`);
  }
}

test('whatever happens, nobody well is declared dead, the dead are found, the undead are fenced, and all agree', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.nat(),
      fc.array(mishap, { minLength: 1, maxLength: 40, size: 'max' }),
      async (seed, mishaps) => {
        const story = new Story(seed);
        await story.run(mishaps);
        expect(story.wrongs).toEqual([]);
      },
    ),
    {
      numRuns: Number(process.env.AKTIS_PROPERTY_RUNS ?? 40),
      seed: Number(process.env.AKTIS_PROPERTY_SEED ?? 20261),
      endOnFailure: false,
    },
  );
});
