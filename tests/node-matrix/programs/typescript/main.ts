import { get, init, remote, shutdown } from 'aktis';
import { Counter } from './counter.js';

@remote
class Greeter {
  greet(name: string): string {
    return `hello ${name}`;
  }
}
const add = remote(function add(a: number, b: number): number {
  return a + b;
});

await init({ numCpus: 1, includeDashboard: false });
const counter = Counter.remote();
const [sum, count, greeting] = await get([
  add.remote(1, 2),
  counter.increment.remote(5),
  Greeter.remote().greet.remote('matrix'),
]);
console.log(JSON.stringify({ sum, count, greeting }));
await shutdown();
