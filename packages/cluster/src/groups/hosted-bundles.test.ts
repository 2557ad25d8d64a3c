import type { Node } from '@aktis/core';
import { ResourcePool, ResourceShape, Scheduler } from '@aktis/core/hub';
import { HostedBundles } from './hosted-bundles.ts';

function setUp(gone: readonly string[] = []) {
  const scheduler = new Scheduler(new ResourcePool({ CPU: 2 }), () => {});
  const kept: number[] = [];
  const part = { expect: () => {}, keep: ({ shape }: { shape: ResourceShape }) => kept.push(shape.cpu) };
  const node = {
    scheduler,
    placementGroups: { part: () => part, isGone: (id: string) => gone.includes(id) },
    isEnding: false,
  } as unknown as Node;
  return { scheduler, kept, hosted: new HostedBundles(node) };
}

const bundles = (cpus: number) => new Map([[0, { CPU: cpus }]]);

test('reserves all or nothing, and keeps it or gives it back as its home says', () => {
  const { scheduler, kept, hosted } = setUp();
  const answers: boolean[] = [];
  hosted.reserve('home', 'g', 1, 'g', bundles(2), isReserved => answers.push(isReserved));
  expect([answers, scheduler.pool.available]).toEqual([[true], { CPU: 0 }]);
  hosted.settle('home', 'g', 1, false);
  expect(scheduler.pool.available).toEqual({ CPU: 2 });
  hosted.reserve('home', 'g', 2, 'g', bundles(1), () => {});
  hosted.settle('home', 'g', 2, true);
  expect([kept, scheduler.pool.available]).toEqual([[10_000], { CPU: 1 }]);
});

test('what does not become free in time is refused, and claims nothing any more', async () => {
  const { scheduler, hosted } = setUp();
  scheduler.pool.take(ResourceShape.ONE_CPU);
  const isReserved = await new Promise(resolve => {
    hosted.reserve('home', 'g', 1, 'g', bundles(2), resolve);
    // Unreferenced timers alone do not keep the process.
    setTimeout(() => {}, 1_000);
  });
  expect(isReserved).toBe(false);
  scheduler.release(ResourceShape.ONE_CPU);
  expect([scheduler.pool.available, [...scheduler.waiting()]]).toEqual([{ CPU: 2 }, []]);
});

test('what the node can never have is refused at once', () => {
  const { hosted } = setUp();
  const answers: boolean[] = [];
  hosted.reserve('home', 'g', 1, 'g', bundles(3), isReserved => answers.push(isReserved));
  expect(answers).toEqual([false]);
});

test('when the home is gone, nothing stays reserved for it', () => {
  const { scheduler, hosted } = setUp();
  hosted.reserve('home', 'g', 1, 'g', bundles(1), () => {});
  hosted.reserve('home', 'h', 1, 'h', bundles(2), () => {});
  hosted.reserve('other', 'i', 1, 'i', bundles(1), () => {});
  // The second still waits for a CPU.
  expect(hosted.homeGone('home')).toEqual(new Set(['g']));
  expect(scheduler.pool.available).toEqual({ CPU: 1 });
});

test('the first round of a home that inherited the group is not the first round of the one before it', () => {
  const { scheduler, hosted } = setUp();
  hosted.reserve('home', 'g', 1, 'g', bundles(1), () => {});
  hosted.reserve('heir', 'g', 1, 'g', bundles(1), () => {});
  hosted.settle('heir', 'g', 1, false);
  expect(scheduler.pool.available).toEqual({ CPU: 1 });
  hosted.homeGone('home');
  expect(scheduler.pool.available).toEqual({ CPU: 2 });
});

test('what a group is to keep that has been removed meanwhile is free', () => {
  const { scheduler, kept, hosted } = setUp(['g']);
  hosted.reserve('home', 'g', 1, 'g', bundles(1), () => {});
  hosted.settle('home', 'g', 1, true);
  expect([kept, scheduler.pool.available]).toEqual([[], { CPU: 2 }]);
});
