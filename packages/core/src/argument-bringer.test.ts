import { ArgumentBringer } from './argument-bringer.ts';
import type { Task } from './task.ts';
import type { TaskManager } from './task-manager.ts';

/** Arguments come when the test says so. */
function setUp() {
  const asked: { task: Task; come(): void }[] = [];
  const brought: Task[] = [];
  const manager = { bringArguments: (task: Task, come: () => void) => asked.push({ task, come }) };
  const bringer = new ArgumentBringer(manager as unknown as TaskManager, task => brought.push(task));
  return { asked, brought, bringer };
}
const task = () => ({ state: 'queued' }) as Task;

test('the arguments of one task after the other are brought, the next when the one before was sent', () => {
  const { asked, brought, bringer } = setUp();
  const [first, second] = [task(), task()];
  bringer.add(first);
  bringer.add(second);
  expect([asked.length, bringer.size]).toEqual([1, 2]);
  asked[0]?.come();
  expect([brought, asked.length, bringer.size]).toEqual([[first], 1, 1]);
  bringer.left(first);
  expect(asked.map(each => each.task)).toEqual([first, second]);
});

test('when they take long, the next are brought beside: they may be what makes the first ones', async () => {
  const { asked, bringer } = setUp();
  for (let i = 0; i < 3; i++) bringer.add(task());
  while (asked.length < 3) await new Promise(resolve => setTimeout(resolve, 10));
  expect(bringer.size).toBe(3);
});

test('a task that has ended meanwhile makes room for the next', () => {
  const { asked, brought, bringer } = setUp();
  const [first, second, third] = [task(), task(), task()];
  for (const each of [first, second, third]) bringer.add(each);
  first.state = 'finished';
  second.state = 'finished';
  asked[0]?.come();
  expect([brought, asked.at(-1)?.task]).toEqual([[second, first], third]);
});
