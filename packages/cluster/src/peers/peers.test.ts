import type { PeerHome } from './peer.ts';
import { Peers } from './peers.ts';

const living = new Set<string>();
const dead = new Set<string>();
let peers: Peers;
let met: string[];
let timers: (() => void)[];

beforeEach(() => {
  living.clear();
  dead.clear();
  met = [];
  timers = [];
  const members = {
    lives: (nodeId: string) => living.has(nodeId),
    record: (nodeId: string) => (living.has(nodeId) || dead.has(nodeId) ? {} : undefined),
  };
  const after = (_: number, callback: () => void) => {
    timers.push(callback);
    return () => {};
  };
  peers = new Peers({} as PeerHome, () => new Promise(() => {}), members, { after });
});

const timePasses = () => {
  for (const callback of timers.splice(0)) callback();
};
const meet = (nodeId: string, who: string) =>
  peers.meet(nodeId, peer => met.push(`${who}: ${peer === undefined ? 'gone' : peer.nodeId}`));

test('who is known to live or to be dead is met, or not, at once', () => {
  living.add('a');
  dead.add('b');
  meet('a', 'first');
  meet('b', 'second');
  expect(met).toEqual(['first: a', 'second: gone']);
});

test('one that nobody has heard of may have just joined: it is met in turn when the news is there', () => {
  meet('new', 'first');
  timePasses();
  expect(met).toEqual([]);
  living.add('new');
  meet('new', 'second');
  expect(met).toEqual([]);
  timePasses();
  expect(met).toEqual(['first: new', 'second: new']);
  meet('new', 'third');
  expect(met.at(-1)).toBe('third: new');
});

test('who never comes is taken for gone in the end, and who is heard to have died at once', () => {
  meet('never', 'first');
  meet('died', 'second');
  dead.add('died');
  timePasses();
  expect(met).toEqual(['second: gone']);
  while (timers.length > 0) timePasses();
  expect(met).toEqual(['second: gone', 'first: gone']);
});
