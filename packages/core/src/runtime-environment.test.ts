import { runtimeEnvironment } from './runtime-environment.ts';

const program = { bundle: 'file:///cache/a.mjs', argv: ['x'], jobId: '1', namespace: '' };

test('equal environments are one object, whatever the order of their parts', () => {
  const first = runtimeEnvironment({ env: { A: '1', B: '2' } }, undefined);
  expect(runtimeEnvironment(undefined, { env: { B: '2', A: '1' } })).toBe(first);
  expect(runtimeEnvironment({ env: { A: '1' } }, undefined)).not.toBe(first);
});

test('programs of different jobs share no environment with one another, nor with our own', () => {
  const first = runtimeEnvironment(undefined, undefined, program);
  expect(first.program).toEqual(program);
  expect(runtimeEnvironment(undefined, undefined, { ...program })).toBe(first);
  expect(runtimeEnvironment(undefined, undefined, { ...program, jobId: '2' })).not.toBe(first);
  expect(runtimeEnvironment(undefined, undefined)).not.toBe(first);
});
