// What a program that installed Aktis may write, and what its compiler must refuse, with either kind of decorators.
import { type ActorHandle, get, init, type ObjectRef, put, remote, shutdown, wait } from 'aktis';

const add = remote(function add(a: number, b: number) {
  return a + b;
});

@remote({ maxRestarts: 1 })
class Counter {
  #value: number;

  constructor(start = 0) {
    this.#value = start;
  }

  increment(by = 1): number {
    this.#value += by;
    return this.#value;
  }

  @remote({ numReturns: 2 })
  pair(): [number, string] {
    return [this.#value, 'a'];
  }
}

await using session = await init({ numCpus: 1 });
console.log(session.nodeId);
const counter: ActorHandle<Counter> = Counter.remote(10);
const ref: ObjectRef<number> = counter.increment.remote(add.remote(put(1), 2));
const [value, letter] = await get(counter.pair.remote());
const [ready]: [ObjectRef<number>[], ObjectRef<number>[]] = await wait([ref]);
console.log(value.toFixed(), letter.trim(), ready.length);

// @ts-expect-error: not a number
add.remote('1', 2);
// @ts-expect-error: no such option
Counter.options({ numCpu: 1 });
// @ts-expect-error: no such method
counter.decrement.remote();

await shutdown();
