import type { Benchmark } from './benchmark.ts';
import type { SideReadings } from './contest.ts';
import { judge } from './result.ts';
import type { Role } from './side.ts';

const benchmark: Benchmark = {
  name: 'calls',
  unit: 'calls/s',
  better: 'higher',
  sides: [],
  targets: [
    { against: 'peer', atLeast: 3 },
    { against: 'ray', atLeast: 20 },
    { against: 'itself', figure: 'peak RSS MB', atMost: 100 },
  ],
};

function side(role: Role, name: string, ...values: number[]): SideReadings {
  return { role, name, readings: values.map(value => ({ value, details: { 'peak RSS MB': value / 10 } })) };
}

test('ratios are taken within each round, so that a disturbed round counts for little', () => {
  const { sides } = judge({
    benchmark,
    sides: [side('aktis', 'aktis', 100, 10, 100), side('baseline', 'raw', 200, 20, 200)],
  });
  expect(sides[0]?.perBaseline).toBe(0.5);
});

test('the best peer is the one that counts', () => {
  const { sides, verdicts } = judge({
    benchmark,
    sides: [side('aktis', 'aktis', 100), side('peer', 'slow', 10), side('peer', 'fast', 50)],
  });
  expect(sides[0]?.perPeer).toBe(2);
  expect(verdicts[0]).toMatchObject({ reached: 2, isMet: false });
});

test('where a shorter time is better, the best peer is the fastest', () => {
  const { sides } = judge({
    benchmark: { ...benchmark, better: 'lower' },
    sides: [side('aktis', 'aktis', 10), side('peer', 'slow', 100), side('peer', 'fast', 20)],
  });
  expect(sides[0]?.perPeer).toBe(0.5);
});

test('a target against somebody who is absent is neither met nor missed', () => {
  const absent: SideReadings = { role: 'ray', name: 'ray', readings: [], failure: 'absent' };
  const { sides, verdicts } = judge({ benchmark, sides: [side('aktis', 'aktis', 100), absent] });
  expect(verdicts[1]).toMatchObject({ reached: undefined, isMet: undefined });
  expect(sides[1]?.value).toBeUndefined();
});

test('a target may be about one of the details', () => {
  const { verdicts } = judge({ benchmark, sides: [side('aktis', 'aktis', 100)] });
  expect(verdicts[2]).toMatchObject({ reached: 10, isMet: true });
});
