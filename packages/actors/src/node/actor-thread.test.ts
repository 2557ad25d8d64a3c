import { ResourcePool, ResourceShape, Scheduler, type WorkerThread } from '@aktis/core';
import { ActorThread } from './actor-thread.ts';

const { ONE_CPU } = ResourceShape;

function setUp() {
  const scheduler = new Scheduler(new ResourcePool({ CPU: 1 }), () => {});
  const thread = new ActorThread({} as WorkerThread, false, scheduler, () => {});
  return { scheduler, thread, free: () => scheduler.pool.available.CPU };
}

/** A call that executes, then waits in `get` with nothing else to do on the thread. */
function suspendedCall({ thread }: ReturnType<typeof setUp>): void {
  thread.resume(ONE_CPU, () => thread.sent(ONE_CPU));
  thread.suspended(1);
}

test('a call that resumes takes the CPU again, and gives it back when it has ended', () => {
  const scene = setUp();
  suspendedCall(scene);
  expect(scene.free()).toBe(1);
  scene.thread.resume(ONE_CPU, () => {});
  expect(scene.free()).toBe(0);
  scene.thread.left(ONE_CPU);
  expect(scene.free()).toBe(1);
});

test('a call that ends before it could resume leaves no CPU taken', () => {
  const scene = setUp();
  suspendedCall(scene);
  scene.scheduler.pool.take(ONE_CPU);
  scene.thread.resume(ONE_CPU, () => {});
  scene.thread.left(ONE_CPU);
  scene.scheduler.release(ONE_CPU);
  expect(scene.free()).toBe(1);
});
