import { runtimeEnvironment } from './runtime-environment.ts';

const job = { id: '1', namespace: '', nodeId: 'n', runtimeEnv: undefined, bundle: 'file:///cache/a.mjs', argv: ['x'] };

test('equal environments are one object, whatever the order of their parts', () => {
  const first = runtimeEnvironment({ env: { A: '1', B: '2' } }, undefined);
  expect(runtimeEnvironment(undefined, { env: { B: '2', A: '1' } })).toBe(first);
  expect(runtimeEnvironment({ env: { A: '1' } }, undefined)).not.toBe(first);
});

test('jobs share no environment with one another, nor with our own', () => {
  const first = runtimeEnvironment(undefined, undefined, job);
  expect(first.job).toEqual(job);
  expect(runtimeEnvironment(undefined, undefined, { ...job })).toBe(first);
  expect(runtimeEnvironment(undefined, undefined, { ...job, id: '2' })).not.toBe(first);
  expect(runtimeEnvironment(undefined, undefined)).not.toBe(first);
});
