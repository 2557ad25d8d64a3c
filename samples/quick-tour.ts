// A tour of Aktis in fourteen steps. Run it with `npx aktis run quick-tour.ts`.

import { availableParallelism } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  asCompleted,
  availableResources,
  cancel,
  get,
  init,
  kill,
  put,
  remote,
  runtimeContext,
  shutdown,
  TaskCancelledError,
  wait,
} from 'aktis';

// What is remote is defined first. Worker threads load this same file to find it, as far as `await init()`.

// A remote function is a plain function: `add(1, 2)` still runs right here, `add.remote(1, 2)` runs in a worker.
const add = remote(function add(a: number, b: number) {
  return a + b;
});

const sum = remote(function sum(numbers: number[]) {
  return numbers.reduce((total, n) => total + n, 0);
});

// Two returns: the caller gets two refs, and may pass on each by itself.
const divide = remote({ numReturns: 2 })(function divide(a: number, b: number): [quotient: number, remainder: number] {
  return [Math.floor(a / b), a % b];
});

// A loop that never ends by itself asks now and then whether it should.
const search = remote(function search() {
  let tried = 0;
  while (!runtimeContext().isCancelled) tried++;
  return tried;
});

// Waiting needs no CPU. With 0 CPUs any number of these run at the same time.
const download = remote({ numCpus: 0 })(async function download(name: string, milliseconds: number) {
  await sleep(milliseconds);
  return name;
});

// An actor is an object that lives in a worker and keeps its state between calls.
@remote()
class Counter {
  #value: number;

  constructor(start = 0) {
    this.#value = start;
  }

  increment(by = 1) {
    this.#value += by;
    return this.#value;
  }

  async slowIncrement() {
    await sleep(100);
    return this.increment();
  }

  @remote({ numReturns: 2 })
  valueAndSquare(): [value: number, square: number] {
    return [this.#value, this.#value ** 2];
  }
}

// The same without a decorator.
const Greeter = remote(
  class Greeter {
    greet(name: string) {
      return `Hello, ${name}!`;
    }
  },
);

// With a number the actor holds as many CPUs for as long as it lives.
@remote(2)
class Model {
  predict(x: number) {
    return 2 * x;
  }
}

// ---------------------------------------------------------------------------------------------------------------------

// One CPU per core is the default. The tour shows an actor with two CPUs, so it asks for two even where there is one.
const numCpus = Math.max(2, availableParallelism());
await init({ numCpus });
let step = 0;
show('init', `${numCpus} CPUs`);

// `.remote()` returns a ref at once, long before the result exists. `get` waits for the value.
const three = add.remote(1, 2);
show('a task', `add.remote(1, 2) = ${await get(three)}`);

// A ref is an argument like any other: the task starts as soon as the value is there, and is given the value.
show('a ref as an argument', `add.remote(add.remote(1, 2), 4) = ${await get(add.remote(three, 4))}`);

// `put` stores an object once, for any number of tasks.
const numbers = put([1, 2, 3]);
show('put', `sum.remote(numbers) = ${await get(sum.remote(numbers))}`);

// Objects never change: everyone who gets one has a copy of their own.
const mine = await get(numbers);
mine.push(1000);
show('objects are immutable', `my copy: ${mine}; the object: ${await get(numbers)}`);

const [quotient, remainder] = divide.remote(17, 5);
show('two returns', `17 / 5 = ${await get(quotient)}, remainder ${await get(remainder)}`);

// The task is running when it is cancelled; one that had not begun would never begin. Either way its `get` rejects.
const endless = search.remote();
await sleep(50);
await cancel(endless);
const outcome = await get(endless).catch(error => error);
show(
  'cancel',
  outcome instanceof TaskCancelledError ? 'TaskCancelledError, as it should be' : `unexpected: ${outcome}`,
);

// `wait` splits refs into those that are ready and the rest. Here: as soon as two of three are.
const downloads = [download.remote('slow', 300), download.remote('fast', 50), download.remote('middle', 100)];
const [ready, pending] = await wait(downloads, { numReturns: 2 });
show('wait', `ready: ${await get(ready)}; still pending: ${pending.length}`);

const counter = Counter.remote(10);
counter.increment.remote();
counter.increment.remote();
show('an actor', `10 + 1 + 1 + 1 = ${await get(counter.increment.remote())}`);

const greeter = Greeter.remote();
show('the wrapper form', await get(greeter.greet.remote('world')));

// One actor does one thing at a time, in the order of the calls. Several actors work at the same time.
const oneActor = await timed(() => get([1, 2, 3, 4].map(() => counter.slowIncrement.remote())));
const counters = [1, 2, 3, 4].map(() => Counter.remote());
await get(counters.map(each => each.increment.remote()));
const fourActors = await timed(() => get(counters.map(each => each.slowIncrement.remote())));
show('one actor or several', `4 calls of 100 ms: ${ms(oneActor)} on one actor, ${ms(fourActors)} on four`);

const [value, squared] = counter.valueAndSquare.remote();
show('a method with two returns', `${await get(value)} and ${await get(squared)}`);

// `options` lays other options over a class, function or method for one use.
const before = await freeCpus();
const model = Model.remote();
await get(model.predict.remote(1));
const withModel = await freeCpus();
await kill(model);
const small = Model.options({ numCpus: 1 }).remote();
await get(small.predict.remote(1));
show('CPUs of an actor', `free: ${before}; beside a Model: ${withModel}; beside a Model of 1 CPU: ${await freeCpus()}`);

// A pipeline. Eight downloads take 50 to 400 ms, saving one takes 40 ms. Whoever waits for all of them before saving the
// first has wasted the time in between; `asCompleted` yields each as soon as it is there.
const times = [400, 50, 350, 100, 300, 150, 250, 200];
const startDownloads = () => times.map(time => download.remote(`${time}.txt`, time));

const allFirst = await timed(async () => {
  for (const name of await get(startDownloads())) await save(name);
});
const asReady = await timed(async () => {
  for await (const ref of asCompleted(startDownloads())) await save(await get(ref));
});
show(
  'a pipeline',
  `${ms(allFirst)} waiting for all, ${ms(asReady)} as they come: ${(allFirst / asReady).toFixed(1)} times as fast`,
);

await shutdown();

// ---------------------------------------------------------------------------------------------------------------------

/** Prints one numbered line of the tour. */
function show(title: string, text: string) {
  step++;
  console.log(`${String(step).padStart(2)}  ${title.padEnd(26)} ${text}`);
}

async function save(_name: string) {
  await sleep(40);
}

async function timed(work: () => Promise<unknown>) {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

function ms(time: number) {
  return `${Math.round(time)} ms`;
}

async function freeCpus() {
  return (await availableResources()).CPU ?? 0;
}
