const { get, init, remote, shutdown } = require('aktis');
const { Counter } = require('./counter.cjs');

const Greeter = remote(
  class Greeter {
    greet(name) {
      return `hello ${name}`;
    }
  },
);
const add = remote(function add(a, b) {
  return a + b;
});

async function main() {
  await init({ numCpus: 1, includeDashboard: false });
  const counter = Counter.remote();
  const [sum, count, greeting] = await get([
    add.remote(1, 2),
    counter.increment.remote(5),
    Greeter.remote().greet.remote('matrix'),
  ]);
  console.log(JSON.stringify({ sum, count, greeting }));
  await shutdown();
}

main();
