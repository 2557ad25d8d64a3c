import { randomUUID } from 'node:crypto';
import {
  type ActorHandle,
  availableResources,
  explain,
  get,
  getActor,
  kill,
  listActors,
  nodes,
  type ObjectRef,
  type PlacementGroup,
  placementGroup,
  remote,
  runtimeContext,
} from 'aktis';
import { Cluster, type TestNode } from 'aktis/testing';

// Named, detached and restarting actors, and groups, on nodes that are killed, frozen, cut off and drained at random. What
// must hold all the same is checked while it goes on, and at the end.

const timing = { heartbeat: 300, tick: 150, suspectAfter: 1_500, deadAfter: 3_000, storeLossLimit: 2_500 };
const PATIENCE_MS = 60_000;
/** With the waits in it that fail by themselves. */
const STEP_LIMIT_MS = 2 * PATIENCE_MS;
const NODES = 3;
const forever = { maxRestarts: -1, maxTaskRetries: -1, namespace: 'model' } as const;

@remote
class Tally {
  readonly #instance = randomUUID();
  #count = 0;
  add(): [instance: string, count: number] {
    return [this.#instance, ++this.#count];
  }
}
const where = remote(function where() {
  return runtimeContext().nodeId;
});

/** One thing that somebody uses all the time. */
interface Subject {
  readonly name: string;
  use(): Promise<void>;
  end(): Promise<void>;
}

export class Outliving {
  readonly #cluster: Cluster;
  readonly #subjects = new Set<Subject>();
  readonly #disturbed = new Set<Promise<void>>();
  readonly #busy = new Set<TestNode>();
  readonly #log: string[] = [];
  /** What is waited for at the moment. */
  readonly #waits = new Set<string>();
  #count = 0;

  private constructor(cluster: Cluster) {
    this.#cluster = cluster;
  }

  /** Rejects, with what was done, when something did not hold. */
  static async run(seed: number, steps: number): Promise<void> {
    const cluster = await Cluster.start({ nodes: NODES, timing, seed });
    const model = new Outliving(cluster);
    try {
      await cluster.connect();
      await model.#run(steps);
    } catch (error) {
      throw new Error(`Seed ${seed}, after ${model.#log.join(', ')}: ${(error as Error).message}`, { cause: error });
    } finally {
      await cluster.end();
    }
  }

  async #run(steps: number): Promise<void> {
    const { random } = this.#cluster;
    for (let step = 0; step < steps; step++) {
      if (this.#subjects.size < 4) this.#begin();
      const uses = Promise.all([...this.#subjects].map(({ use }) => use()));
      // A step that ends early is no unhandled rejection.
      uses.catch(() => {});
      await this.#step(`step ${step + 1} of ${steps}`, async () => {
        await this.#disturb();
        await uses;
        if (random() < 0.3) await this.#endOne();
      });
    }
    await this.#step('what goes on is over', () => this.#waitingFor('disturbances', Promise.all(this.#disturbed)));
    await this.#step('all is there', async () => {
      await Promise.all([...this.#subjects].map(({ use }) => use()));
      await this.#checkInstances();
    });
    await this.#step('the ends', async () => {
      while (this.#subjects.size > 0) await this.#endOne();
    });
    await this.#until('all CPUs are free', async () => {
      const [{ CPU }, all] = [await availableResources(), await nodes()];
      return all.length === this.#cluster.nodes.length && CPU === 2 * all.length;
    });
  }

  /** With `AKTIS_PROGRESS` it says how long each took, and what was done. */
  async #step(name: string, work: () => Promise<void>): Promise<void> {
    const began = performance.now();
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        reject(new Error(`${name} takes longer than ${STEP_LIMIT_MS} ms; it waits for ${[...this.#waits].join(', ')}`));
      }, STEP_LIMIT_MS);
    });
    try {
      await Promise.race([work(), late]);
    } finally {
      clearTimeout(timer);
    }
    if (process.env.AKTIS_PROGRESS === undefined) return;
    const took = Math.round(performance.now() - began);
    process.stderr.write(`seed ${this.#cluster.seed}, ${name}: ${took} ms, ${this.#log.slice(-3).join(', ')}\n`);
  }

  async #waitingFor<T>(what: string, promise: Promise<T>): Promise<T> {
    this.#waits.add(what);
    try {
      return await promise;
    } finally {
      this.#waits.delete(what);
    }
  }

  #begin(): void {
    const kinds = [this.#detachedActor, this.#ownActor, this.#group, this.#detachedActor];
    const kind = kinds[Math.floor(this.#cluster.random() * kinds.length)] as (name: string) => Subject;
    const subject = kind.call(this, `s${this.#count++}`);
    this.#log.push(`begin ${subject.name}`);
    this.#subjects.add(subject);
  }

  #detachedActor(name: string): Subject {
    const isNamed = this.#cluster.random() < 0.8;
    const options = { ...forever, ...(isNamed && { name }), lifetime: 'detached', numCpus: 0.25 } as const;
    const actor = Tally.options(options).remote();
    const use = this.#user(name, actor, isNamed);
    // One without a name is lost with its owner.
    return this.#actor(`detached ${name}`, actor, isNamed ? use : async () => {});
  }

  #ownActor(name: string): Subject {
    const numCpus = this.#cluster.random() < 0.5 ? 0 : 0.5;
    const actor = Tally.options({ ...forever, numCpus, name }).remote();
    return this.#actor(`own ${name}`, actor, this.#user(name, actor, true));
  }

  #actor(name: string, actor: ActorHandle<Tally>, use: () => Promise<void>): Subject {
    return { name, use, end: () => kill(actor) };
  }

  /** Calls by the handle and by the name; no instance answers after its successor has. */
  #user(name: string, actor: ActorHandle<Tally>, isNamed: boolean): () => Promise<void> {
    const over = new Set<string>();
    let last: [instance: string, count: number] = ['', 0];
    const check = (answer: [instance: string, count: number]) => {
      const [instance, count] = answer;
      if (over.has(instance)) throw new Error(`${name}: an instance answers that had a successor`);
      if (instance === last[0] && count <= last[1]) throw new Error(`${name}: ${count} after ${last[1]}`);
      if (instance !== last[0] && last[0] !== '') over.add(last[0]);
      last = answer;
    };
    return async () => {
      for (let i = 0; i < 3; i++) {
        check(await this.#get(`a call of ${name}`, actor.add.remote()));
        if (!isNamed) continue;
        const found = await this.#within(`getActor ${name}`, getActor<typeof Tally>(name, { namespace: 'model' }));
        check(await this.#get(`a call of ${name}, found`, found.add.remote()));
      }
    };
  }

  #group(name: string): Subject {
    const { random } = this.#cluster;
    const isDetached = random() < 0.7;
    const group = placementGroup([{ CPU: 0.5 }, { CPU: 0.5 }], {
      name,
      strategy: random() < 0.5 ? 'SPREAD' : 'PACK',
      ...(isDetached && { lifetime: 'detached' as const }),
    });
    const within = (bundleIndex: number) => ({ schedulingStrategy: { placementGroup: group, bundleIndex } });
    const actor = Tally.options({ ...forever, numCpus: 0.25, ...within(1) }).remote();
    const call = this.#user(`${name}'s actor`, actor, false);
    const use = async () => {
      await this.#get(`group ${name}`, group.ready());
      const runs = [0, 1].map(i => where.options({ numCpus: 0.25, ...within(i) }).remote());
      await Promise.all([call(), ...runs.map(ref => this.#get(`a task in group ${name}`, ref))]);
    };
    return { name: `${isDetached ? 'detached ' : ''}group ${name}`, use, end: () => this.#remove(name, group) };
  }

  #remove(name: string, group: PlacementGroup): Promise<void> {
    return this.#within(`the end of group ${name}`, group.remove());
  }

  async #endOne(): Promise<void> {
    const subjects = [...this.#subjects];
    const subject = subjects[Math.floor(this.#cluster.random() * subjects.length)] as Subject;
    this.#subjects.delete(subject);
    this.#log.push(`end ${subject.name}`);
    await this.#within(`the end of ${subject.name}`, subject.end());
  }

  /** Does something to a node; what takes long goes on beside what follows. */
  async #disturb(): Promise<void> {
    const { random, nodes: all } = this.#cluster;
    const running = all.filter(node => node.state === 'running' && !this.#busy.has(node));
    const [one, other] = running.toSorted(() => random() - 0.5);
    if (one === undefined || other === undefined || all.length < NODES) {
      await this.#waitingFor('disturbances', Promise.all(this.#disturbed));
      return;
    }
    for (const node of [one, other]) this.#busy.add(node);
    const lasts = (milliseconds: number) => new Promise(resolve => setTimeout(resolve, milliseconds));
    const kind = ['kill', 'stop', 'freeze', 'partition', 'drain'][Math.floor(random() * 5)] as string;
    const length = random() * (random() < 0.3 ? 5_000 : 800);
    this.#log.push(`${kind} ${one.name}${kind === 'partition' ? ` and ${other.name}` : ''} ${Math.round(length)}`);
    const work = async () => {
      await lasts(random() * 50);
      if (kind === 'partition') this.#cluster.partition(one, other);
      if (kind === 'freeze') one.freeze();
      if (kind === 'kill') await one.kill();
      if (kind === 'stop') await one.stop();
      if (kind === 'drain') await one.drain({ deadline: 3_000 }).then(() => this.#cluster.declaredDead(one.id));
      if (kind === 'partition' || kind === 'freeze') await lasts(length);
      if (kind === 'partition') this.#cluster.heal();
      if (kind === 'freeze') one.thaw();
      if (one.state === 'ended' || kind === 'drain') await this.#cluster.addNode();
    };
    const disturbance = work().finally(() => {
      this.#disturbed.delete(disturbance);
      for (const node of [one, other]) this.#busy.delete(node);
    });
    this.#disturbed.add(disturbance);
    if (random() < 0.5) await this.#waitingFor(this.#log.at(-1) as string, disturbance);
  }

  /** Each living actor of a name is one. */
  async #checkInstances(): Promise<void> {
    await this.#until('each name is one actor', async () => {
      const living = (await listActors()).filter(({ state, name }) => state !== 'DEAD' && name !== undefined);
      const names = living.map(({ name }) => name);
      return new Set(names).size === names.length;
    });
  }

  async #get<T>(what: string, ref: ObjectRef<T>): Promise<T> {
    return this.#within(what, get(ref), ref);
  }

  async #within<T>(what: string, promise: Promise<T>, ref?: ObjectRef): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(async () => {
        const why = ref === undefined ? '' : await explain(ref).catch((error: Error) => error.message);
        reject(new Error(`${what} takes too long: ${why}`));
      }, PATIENCE_MS);
    });
    try {
      return await this.#waitingFor(what, Promise.race([promise, late]));
    } catch (error) {
      throw new Error(`${what}: ${(error as Error).message}`, { cause: error });
    } finally {
      clearTimeout(timer);
    }
  }

  async #until(what: string, condition: () => Promise<boolean>): Promise<void> {
    const giveUpAt = performance.now() + PATIENCE_MS;
    while (!(await condition())) {
      if (performance.now() > giveUpAt) {
        const facts = { free: await availableResources(), nodes: (await nodes()).length, actors: await listActors() };
        throw new Error(`It is never so that ${what}: ${JSON.stringify(facts)}`);
      }
      await new Promise(resolve => setTimeout(resolve, 20));
    }
  }
}
