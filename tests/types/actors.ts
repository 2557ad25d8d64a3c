import {
  type ActorHandle,
  type ConstructorArgs,
  get,
  getActor,
  kill,
  type ObjectRef,
  type ObjectRefStream,
  put,
  remote,
} from './aktis.ts';
import { type Equal, type Expect, exactly } from './expect.ts';

@remote()
class Counter {
  #value = 0;
  private secret = 1;
  protected hidden(): number {
    return this.secret;
  }
  readonly field = 5;
  constructor(start = 0) {
    this.#value = start;
  }
  get value(): number {
    return this.#value;
  }
  increment(by = 1): number {
    this.#value += by;
    return this.#value;
  }
  async report(title: string, ...lines: number[]): Promise<string> {
    return title + lines.join();
  }
  @remote({ numReturns: 2 }) pair(): [number, string] {
    return [1, 'a'];
  }
  @remote({ numReturns: 2 }) async later(): Promise<[number, string]> {
    return [1, 'a'];
  }
  @remote({ timeout: 5 }) *walk(): Generator<number> {
    yield 1;
  }
  @remote bare(): void {}
  @remote() called(): void {}
  @remote(1) static square(x: number): number {
    return x * x;
  }
  @remote static half(x: number): number {
    return x / 2;
  }
  then(): void {}
}

@remote
class Bare {
  constructor(
    readonly name: string,
    readonly size?: number,
    ...rest: boolean[]
  ) {
    void rest;
  }
  hi(): string {
    return this.name;
  }
}

@remote(2)
class Numbered {}

@remote({ maxRestarts: 1, numCpus: 2, name: 'd', lifetime: 'detached' })
class Derived extends Counter {
  extra(): boolean {
    return true;
  }
}

// ── creating ──
const counter = Counter.remote(10);
exactly<ActorHandle<Counter>>()(counter);
Counter.remote();
Counter.remote(put(1));
Bare.remote('a', 1, true, put(false));
Numbered.remote();
// The class is still itself.
exactly<Counter>()(new Counter(1));
// @ts-expect-error a string is no number
Counter.remote('10');
// @ts-expect-error the name is missing
Bare.remote();
// @ts-expect-error one argument too many
Counter.remote(1, 2);

// ── methods ──
exactly<ObjectRef<number>>()(counter.increment.remote());
exactly<ObjectRef<number>>()(counter.increment.remote(counter.increment.remote(2)));
exactly<ObjectRef<string>>()(counter.report.remote('a', 1, put(2)));
exactly<ObjectRefStream<number>>()(counter.walk.remote());
const [a, b] = counter.pair.remote();
exactly<ObjectRef<number>>()(a);
exactly<ObjectRef<string>>()(b);
const [c, d] = counter.later.remote();
exactly<ObjectRef<number>>()(c);
exactly<ObjectRef<string>>()(d);
const [, , e] = counter.pair.remote();
// @ts-expect-error there is no third
get(e);
// @ts-expect-error wrong argument
counter.increment.remote('1');
// @ts-expect-error methods are not called directly
counter.increment(1);
type Names = keyof ActorHandle<Counter> & string;
export type OnlyPublicMethods = Expect<
  Equal<Names, 'increment' | 'report' | 'pair' | 'later' | 'walk' | 'bare' | 'called'>
>;
// @ts-expect-error protected
counter.hidden;
// @ts-expect-error a field
counter.field;
// @ts-expect-error an accessor
counter.value;
// @ts-expect-error a handle is no promise
counter.then;
async function awaited() {
  exactly<ActorHandle<Counter>>()(await counter);
}

// ── static methods are tasks ──
exactly<ObjectRef<number>>()(Counter.square.remote(3));
exactly<ObjectRef<number>>()(Counter.half.options({ numCpus: 1 }).remote(put(3)));
// @ts-expect-error wrong argument
Counter.square.remote('3');

// ── options ──
exactly<ActorHandle<Counter>>()(Counter.options({ numCpus: 1, name: 'hits' }).remote(1));
exactly<ActorHandle<Counter>>()(Counter.options(1).options({ maxRestarts: -1 }).remote());
exactly<ObjectRef<number>>()(counter.increment.options({ timeout: 5, concurrencyGroup: 'io' }).remote(1));
exactly<undefined>()(counter.increment.options({ numReturns: 0 }).remote(1));
// @ts-expect-error did you mean numCpus?
Counter.options({ numCpu: 1 });
// @ts-expect-error an option of tasks
Counter.options({ maxRetries: 1 });
// @ts-expect-error nothing but 'detached'
Counter.options({ lifetime: 'forever' });
exactly<ObjectRef<number>>()(counter.increment.options({ numCpus: 2 }).remote(1));
exactly<ObjectRef<number>>()(counter.increment.options(2).remote(1));

// ── inheritance and generic code ──
const derived = Derived.remote(1);
exactly<ObjectRef<boolean>>()(derived.extra.remote());
exactly<ObjectRef<number>>()(derived.increment.remote());
const base: ActorHandle<Counter> = derived;
// @ts-expect-error a base is not derived
const narrowed: ActorHandle<Derived> = counter;
// @ts-expect-error another class
const other: ActorHandle<Bare> = counter;
// @ts-expect-error an object with the same methods is no handle
const fake: ActorHandle<Numbered> = {};
function spawn<T>(type: new () => T): ActorHandle<T> {
  return type.remote();
}
exactly<ActorHandle<Counter>>()(spawn(Counter));
function spawnWith<A extends readonly unknown[], T>(type: new (...args: A) => T, ...args: ConstructorArgs<A>) {
  return type.remote(...args);
}
exactly<ActorHandle<Bare>>()(spawnWith(Bare, 'a', 1));
abstract class Abstract {}
// @ts-expect-error abstract classes have no instances
Abstract.remote();
class Hidden {
  private constructor() {}
  static make() {
    return new Hidden();
  }
}
// @ts-expect-error nor have those with a private constructor
Hidden.remote();

// ── handles as arguments ──
const use = remote((handle: ActorHandle<Counter>, by: number) => handle.increment.remote(by));
exactly<ObjectRef<ObjectRef<number>>>()(use.remote(counter, 1));
use.remote(derived, 1);
use.remote(put(counter), 1);
// @ts-expect-error the handle of another class
use.remote(Bare.remote('a'), 1);

// ── by name ──
async function named() {
  const hits = await getActor<typeof Counter>('hits', { namespace: 'web' });
  exactly<ActorHandle<Counter>>()(hits);
  const unknown = await getActor('hits');
  unknown.whatever?.remote(1, 'a');
  await kill(hits, { noRestart: false });
  // @ts-expect-error a class, by typeof
  await getActor<Counter>('hits');
  // @ts-expect-error no handle
  await kill(5);
}

// ── forms of remote ──
exactly<ActorHandle<Counter>>()(remote(Counter).remote(1));
exactly<ActorHandle<Bare>>()(remote(Bare, { maxRestarts: 1 }).remote('a'));
const Plain = remote(
  class Plain {
    hi() {
      return 1;
    }
  },
);
exactly<ObjectRef<number>>()(Plain.remote().hi.remote());
// @ts-expect-error an option of tasks
remote(Bare, { maxRetries: 1 });

class Wrong {
  // @ts-expect-error it returns three
  @remote({ numReturns: 2 }) three(): [1, 2, 3] {
    return [1, 2, 3];
  }
  // @ts-expect-error it returns one
  @remote({ numReturns: 2 }) one(): number {
    return 1;
  }
  @remote({ numReturns: 0 }) none(): number {
    return 1;
  }
  @remote({ numReturns: 1 }) single(): number {
    return 1;
  }
  // @ts-expect-error did you mean numCpus?
  @remote({ numCpu: 1 }) static misspelt(): void {}
  // @ts-expect-error fields cannot be remote
  @remote() field = 1;
}

export { awaited, base, fake, named, narrowed, other, Wrong };
