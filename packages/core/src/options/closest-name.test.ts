import { closestName } from './closest-name.ts';

test.each([
  ['numCpu', 'numCpus'],
  ['num_cpus', 'numCpus'],
  ['NUMCPUS', 'numCpus'],
  ['maxRestart', 'maxRestarts'],
  ['tiemout', 'timeout'],
])('%s was meant to be %s', (name, meant) => {
  expect(closestName(name, ['name', 'numCpus', 'maxRestarts', 'timeout'])).toBe(meant);
});

test('names without likeness have no closest', () => {
  expect(closestName('colour', ['name', 'numCpus'])).toBeUndefined();
  expect(closestName('x', [])).toBeUndefined();
});
