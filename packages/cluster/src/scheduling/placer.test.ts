import { ResourcePool, ResourceShape } from '@aktis/core/hub';
import type { Member } from '../membership/index.ts';
import type { NodeRecord } from '../records.ts';
import { Placer } from './index.ts';

interface Facts extends Partial<NodeRecord> {
  readonly available?: Record<string, number>;
  readonly isSuspect?: boolean;
}

function member(nodeId: string, { available, isSuspect = false, ...facts }: Facts = {}): Member {
  const total = facts.total ?? { CPU: 2 };
  const record = { nodeId, name: nodeId, kind: 'node', state: 'ALIVE', labels: {}, ...facts, total } as NodeRecord;
  return { record, available: available ?? total, waiting: 0, isSuspect };
}

const one = ResourceShape.ONE_CPU;
const driver = () => new Placer({ id: 'driver', pool: new ResourcePool({ CPU: 0 }), labels: {} }, () => 0);

test('what was sent is known before the node says so, and again free when it has ended', () => {
  const placer = driver();
  placer.told(member('a', { total: { CPU: 1 } }));
  const work = placer.workOf({}, one);
  placer.take('a', one);
  expect(placer.now(work).kind).toBe('busy');
  placer.told(member('a', { total: { CPU: 1 } }));
  expect(placer.now(work).kind).toBe('busy');
  placer.give('a', one);
  expect(placer.now(work)).toEqual({ kind: 'place', nodeId: 'a' });
});

test('later: only the work of this node counts, which others serve when it is its turn', () => {
  const placer = driver();
  placer.told(member('a', { available: {} }));
  const work = placer.workOf({}, one);
  expect(placer.now(work).kind).toBe('busy');
  expect(placer.later(work)).toEqual({ kind: 'place', nodeId: 'a' });
  placer.take('a', ResourceShape.of({ CPU: 2 }));
  expect(placer.later(work).kind).toBe('busy');
  expect(placer.ever(work)).toEqual({ kind: 'place', nodeId: 'a' });
});

test('drivers without CPUs get no work, this one neither unless it is named', () => {
  const placer = driver();
  placer.told(member('driver', { kind: 'driver', total: { CPU: 0 } }));
  placer.told(member('other', { kind: 'driver', total: { CPU: 0 } }));
  expect(placer.now(placer.workOf({}, ResourceShape.NONE)).kind).toBe('infeasible');
  expect(placer.allowsHere({})).toBe(false);
  expect(placer.allowsHere({ schedulingStrategy: { nodeId: 'driver' } })).toBe(true);
});

test('a node keeps its own work while less than half of it is in use', () => {
  const pool = new ResourcePool({ CPU: 4 });
  const placer = new Placer({ id: 'self', pool, labels: {} }, () => 0);
  placer.told(member('self', { total: { CPU: 4 } }));
  placer.told(member('other', { total: { CPU: 4 } }));
  const where = () => placer.now(placer.workOf({}, one));
  expect(where()).toEqual({ kind: 'place', nodeId: 'self' });
  pool.take(ResourceShape.of({ CPU: 3 }));
  placer.localChanged();
  expect(where()).toEqual({ kind: 'place', nodeId: 'other' });
});

test('draining and suspect nodes get nothing; work may not even wait on this one when it drains', () => {
  const placer = new Placer({ id: 'self', pool: new ResourcePool({ CPU: 2 }), labels: {} }, () => 0);
  placer.told(member('self'));
  expect(placer.mayWaitHere({})).toBe(true);
  placer.told(member('self', { state: 'DRAINING' }));
  placer.told(member('quiet', { isSuspect: true }));
  expect(placer.now(placer.workOf({}, one)).kind).toBe('busy');
  expect([placer.mayWaitHere({}), placer.accepts('self'), placer.accepts('quiet')]).toEqual([false, false, false]);
});

test('work that names a node that is gone is told so, unless that is only a wish', () => {
  const placer = driver();
  placer.told(member('a'));
  placer.gone('a');
  expect(placer.namesGone({ schedulingStrategy: { nodeId: 'a' } })?.message).toContain('soft: true');
  expect(placer.namesGone({ schedulingStrategy: { nodeId: 'a', soft: true } })).toBeUndefined();
});

test('explain names what is missing, and how much there is', () => {
  const placer = driver();
  placer.told(member('a', { labels: { zone: 'x' } }));
  expect(placer.explain({ labelSelector: { zone: 'y' } }, one)).toBe(
    'it needs 1 CPU with {"labelSelector":{"zone":"y"}}, and no node of the cluster has that: ' +
      'no node has the labels zone=y (there is x)',
  );
});
