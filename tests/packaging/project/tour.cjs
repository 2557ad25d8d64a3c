// The quick tour as CommonJS without a compiler: what a program of JavaScript gets from `require('aktis')`.
const { get, init, put, remote, shutdown, wait, TaskError } = require('aktis');

const add = remote(function add(a, b) {
  return a + b;
});
const divide = remote({ numReturns: 2 })(function divide(a, b) {
  return [Math.floor(a / b), a % b];
});
const fail = remote(function fail() {
  throw new RangeError('too far');
});
const Counter = remote(
  class Counter {
    #value;

    constructor(start) {
      this.#value = start;
    }

    increment(by = 1) {
      this.#value += by;
      return this.#value;
    }
  },
);

async function main() {
  await init({ numCpus: 2 });
  const sum = add.remote(put(1), 2);
  const [ready] = await wait([sum]);
  const [quotient, remainder] = await get(divide.remote(17, 5));
  const counter = Counter.remote(10);
  const error = await get(fail.remote()).catch(thrown => thrown);
  console.log(
    JSON.stringify({
      sum: await get(ready[0]),
      quotient,
      remainder,
      counted: await get(counter.increment.remote(sum)),
      failed: error instanceof TaskError && error instanceof RangeError,
    }),
  );
  await shutdown();
}

main();
