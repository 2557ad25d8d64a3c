import { get, init, remote, shutdown } from 'aktis';
import { Counter } from './counter';

@remote()
class Greeter {
  greet(name: string): string {
    return `hello ${name}`;
  }
}
const add = remote(function add(a: number, b: number): number {
  return a + b;
});

test('what a test file and a module beside it define runs in workers', async () => {
  await init({ numCpus: 1, includeDashboard: false });
  const counter = Counter.remote();
  const [sum, count, greeting] = await get([
    add.remote(1, 2),
    counter.increment.remote(5),
    Greeter.remote().greet.remote('matrix'),
  ]);
  process.stdout.write(`${JSON.stringify({ sum, count, greeting })}\n`);
  expect({ sum, count, greeting }).toEqual({ sum: 3, count: 5, greeting: 'hello matrix' });
  await shutdown();
}, 60_000);
