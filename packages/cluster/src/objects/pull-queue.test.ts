import { Demand, Urgency } from '@aktis/core/hub';
import { PullQueue, type QueuedPull } from './pull-queue.ts';

/** Begins when the queue says so, ends when the test says so. */
class TestPull implements QueuedPull {
  static readonly begun: string[] = [];
  readonly name: string;
  readonly bytes: number;
  readonly demand = new Demand();
  isDropped = false;
  end: () => void = () => {};

  constructor(queue: PullQueue, name: string, bytes: number, urgency: Urgency) {
    this.name = name;
    this.bytes = bytes;
    this.leave = this.demand.join(urgency);
    this.demand.onChanged = () => queue.changed(this);
    queue.add(this);
  }

  readonly leave: () => void;

  get urgency() {
    return this.demand.urgency;
  }

  begin(): Promise<void> {
    TestPull.begun.push(this.name);
    return new Promise(resolve => {
      this.end = resolve;
    });
  }

  drop(): void {
    this.isDropped = true;
  }
}

const { begun } = TestPull;
const turn = () => new Promise(resolve => setImmediate(resolve));
beforeEach(() => begun.splice(0));

test('pulls begin as long as they fit below the limit together, and one that is larger than it alone', async () => {
  const queue = new PullQueue(100);
  const huge = new TestPull(queue, 'huge', 500, Urgency.get);
  const [a, b, c] = ['a', 'b', 'c'].map(name => new TestPull(queue, name, 50, Urgency.get)) as [
    TestPull,
    TestPull,
    TestPull,
  ];
  expect(begun).toEqual(['huge']);
  huge.end();
  await turn();
  expect(begun).toEqual(['huge', 'a', 'b']);
  b.end();
  await turn();
  expect(begun).toEqual(['huge', 'a', 'b', 'c']);
  expect([a, b, c].some(({ isDropped }) => isDropped)).toBe(false);
});

test('get comes before wait, wait before arguments, and within each who came first', async () => {
  const queue = new PullQueue(1);
  let active = new TestPull(queue, 'first', 1, Urgency.argument);
  const waiting = [
    new TestPull(queue, 'argument 1', 1, Urgency.argument),
    new TestPull(queue, 'wait 1', 1, Urgency.wait),
    new TestPull(queue, 'get 1', 1, Urgency.get),
    new TestPull(queue, 'argument 2', 1, Urgency.argument),
    new TestPull(queue, 'get 2', 1, Urgency.get),
  ];
  for (const _ of waiting) {
    active.end();
    await turn();
    active = waiting.find(({ name }) => name === begun.at(-1)) as TestPull;
  }
  expect(begun).toEqual(['first', 'get 1', 'get 2', 'wait 1', 'argument 1', 'argument 2']);
});

test('a pull that somebody wants more urgently moves up, and moves back when that one leaves', async () => {
  const queue = new PullQueue(1);
  const active = new TestPull(queue, 'active', 1, Urgency.get);
  const one = new TestPull(queue, 'one', 1, Urgency.argument);
  const two = new TestPull(queue, 'two', 1, Urgency.argument);
  const three = new TestPull(queue, 'three', 1, Urgency.argument);
  const leave = two.demand.join(Urgency.wait);
  three.demand.join(Urgency.get);
  leave();
  active.end();
  await turn();
  three.end();
  await turn();
  one.end();
  await turn();
  expect(begun).toEqual(['active', 'three', 'one', 'two']);
});

test('a pull nobody wants any more is dropped if it has not begun', async () => {
  const queue = new PullQueue(10);
  const active = new TestPull(queue, 'active', 10, Urgency.get);
  const large = new TestPull(queue, 'large', 100, Urgency.get);
  const small = new TestPull(queue, 'small', 10, Urgency.argument);
  active.leave();
  large.leave();
  expect([active.isDropped, large.isDropped, begun]).toEqual([false, true, ['active']]);
  active.end();
  await turn();
  expect([small.isDropped, begun]).toEqual([false, ['active', 'small']]);
});
