import { setTimeout } from 'node:timers/promises';
import { ClusterUnreachableError, ControlPlaneUnavailableError } from 'aktis';
import type { Cluster, TestNode } from 'aktis/testing';

/** Fewer living nodes than this are not disturbed. */
const AT_LEAST = 2;

/** Few objects fit into memory, so that some go to disk. */
export const nodeOptions = { numCpus: 2, objectStoreMemory: 12e6 };

export const timing = {
  heartbeat: 500,
  tick: 250,
  suspectAfter: 2_000,
  deadAfter: 5_000,
  storeLossLimit: 4_000,
  grace: 2_500,
};

/** Does harm to a cluster, at random, until it is told to stop. What it has done is in `log`. */
export class Disturbances {
  readonly log: string[] = [];
  /** What it could not do. */
  readonly failures: Error[] = [];
  readonly #cluster: Cluster;
  readonly #began = performance.now();
  /** What is to be made good, each by itself. */
  readonly #draining = new Set<TestNode>();
  readonly #underway = new Set<Promise<void>>();
  #serverIsAway = false;
  #isParted = false;
  #goesOn = true;

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
  }

  async run(): Promise<void> {
    while (this.#goesOn) {
      await setTimeout(300 + 1_700 * this.#cluster.random());
      if (this.#goesOn) this.#disturb();
    }
    await Promise.all(this.#underway);
  }

  stop(): void {
    this.#goesOn = false;
  }

  #disturb(): void {
    const { random } = this.#cluster;
    const dice = random();
    if (dice < 0.25) this.#kill();
    else if (dice < 0.38) this.#drain();
    else if (dice < 0.5) this.#freeze('briefly', 300 + 1_500 * random());
    else if (dice < 0.62) this.#freeze('for long', timing.deadAfter + 1_000 + 2_000 * random());
    else if (dice < 0.85) this.#stopServer(200 + 2_800 * random());
    else this.#part(300 + 2_000 * random());
  }

  #kill(): void {
    const victim = this.#victim();
    if (victim === undefined) return;
    this.#note(`kill ${victim.name}`);
    this.#start(async () => {
      await victim.kill();
      await setTimeout(1_000 * this.#cluster.random());
      const added = await this.#add();
      this.#note(`added ${added.name}`);
    });
  }

  #drain(): void {
    const victim = this.#victim();
    if (victim === undefined || this.#draining.has(victim)) return;
    const { id } = victim;
    const deadline = Math.round(500 + 4_000 * this.#cluster.random());
    this.#note(`drain ${victim.name}, ${deadline} ms`);
    this.#draining.add(victim);
    this.#start(async () => {
      try {
        await victim.drain({ reason: 'chaos', deadline });
        this.#note(`${victim.name} ${await this.#cluster.declaredDead(id)}`);
      } catch (error) {
        // It may be killed, or hang, or the server may be away.
        this.#note(`${victim.name} did not drain: ${(error as Error).message}`);
      }
      const added = await this.#add();
      this.#note(`added ${added.name}`);
    });
  }

  /** While the server is away nobody can join. */
  async #add(): Promise<TestNode> {
    for (;;) {
      while (this.#serverIsAway) await setTimeout(50);
      try {
        return await this.#cluster.addNode(nodeOptions);
      } catch (error) {
        if (!(error instanceof ClusterUnreachableError || error instanceof ControlPlaneUnavailableError)) throw error;
      }
    }
  }

  #freeze(how: string, duration: number): void {
    const victim = this.#victim();
    if (victim === undefined) return;
    this.#note(`freeze ${victim.name} ${how}, ${Math.round(duration)} ms`);
    victim.freeze();
    this.#start(async () => {
      await setTimeout(duration);
      victim.thaw();
      this.#note(`thaw ${victim.name}`);
    });
  }

  #stopServer(duration: number): void {
    if (this.#serverIsAway) return;
    this.#serverIsAway = true;
    this.#note(`kill the server, ${Math.round(duration)} ms`);
    this.#start(async () => {
      await this.#cluster.killServer();
      await setTimeout(duration);
      try {
        await this.#cluster.restartServer();
      } catch (error) {
        this.failures.push(error as Error);
        await this.#cluster.restartServer();
      } finally {
        this.#serverIsAway = false;
      }
      this.#note('the server is back');
    });
  }

  #part(duration: number): void {
    const [a, b] = this.#running();
    if (this.#isParted || a === undefined || b === undefined) return;
    this.#isParted = true;
    this.#note(`part ${a.name} and ${b.name}, ${Math.round(duration)} ms`);
    this.#cluster.partition(a, b);
    this.#start(async () => {
      await setTimeout(duration);
      this.#cluster.heal();
      this.#isParted = false;
      this.#note('heal');
    });
  }

  #running(): TestNode[] {
    return this.#cluster.nodes.filter(({ state }) => state === 'running');
  }

  #victim(): TestNode | undefined {
    const running = this.#running().filter(node => !this.#draining.has(node));
    if (running.length <= AT_LEAST) return undefined;
    return running[Math.floor(this.#cluster.random() * running.length)];
  }

  #start(work: () => Promise<void>): void {
    const underway = work()
      .catch(error => void this.failures.push(error))
      .finally(() => this.#underway.delete(underway));
    this.#underway.add(underway);
  }

  #note(what: string): void {
    this.log.push(`${((performance.now() - this.#began) / 1000).toFixed(1)} s ${what}`);
  }
}
