import { initOptions, placementBundles, placementGroupOptions } from './session-options.ts';

test('init takes everything it documents', () => {
  const options = {
    address: 'local',
    numCpus: 4,
    numGpus: 1,
    memory: 1e9,
    resources: { tpu: 1 },
    labels: { zone: 'a' },
    objectStoreMemory: 1e8,
    maxActorThreads: 8,
    namespace: 'web',
    includeDashboard: false,
    dashboardHost: '127.0.0.1',
    dashboardPort: 0,
    logToDriver: true,
    logFormat: 'json',
    runtimeEnv: { setup: './container.js' },
    transport: 'inline',
    token: 'secret',
    signal: new AbortController().signal,
    ignoreReinitError: true,
  };
  expect(initOptions(options)).toEqual(options);
  expect(initOptions(undefined)).toEqual({});
});

test.each([
  [{ numCpus: 1.5 }, 'Option numCpus is 1.5, but must be a whole number >= 0.'],
  [{ labels: { zone: 1 } }, 'Option labels.zone is 1, but must be a string.'],
  [{ transport: 'tcp' }, "Option transport is 'tcp', but must be 'threads' or 'inline'."],
  [{ dashboardPort: 70_000 }, 'Option dashboardPort is 70000, but must be a port number from 0 to 65535.'],
  [{ maxActorThreads: 0 }, 'Option maxActorThreads is 0, but must be a whole number >= 1.'],
  [{ signal: 'stop' }, "Option signal is 'stop', but must be an AbortSignal."],
  [{ num_cpus: 2 }, 'There is no option num_cpus for init; did you mean numCpus?'],
  ['localhost:6379', "The options of init are 'localhost:6379', but must be an object."],
])('init refuses %j', (input, message) => {
  expect(() => initOptions(input)).toThrow(message);
});

test('a token that is wrong is not shown', () => {
  expect(() => initOptions({ token: 12_345 })).toThrow(
    'Option token is a number that is not shown, but must be a string that is not empty.',
  );
});

test('a placement group needs bundles that ask for something', () => {
  expect(placementBundles([{ CPU: 1 }, { GPU: 1, memory: 5 }])).toEqual([{ CPU: 1 }, { GPU: 1, memory: 5 }]);
  expect(() => placementBundles([])).toThrow('Option bundles is [], but must be a list of resource maps');
  expect(() => placementBundles([{ CPU: 0 }])).toThrow('must be a map with at least one amount above 0');
  expect(() => placementBundles([{ CPU: -1 }])).toThrow('Option bundles.0.CPU is -1, but must be a number >= 0.');
  expect(() => placementBundles(undefined)).toThrow('must be a list of resource maps');
  expect(() => placementGroupOptions({ strategy: 'TIGHT' })).toThrow("must be 'PACK' or 'SPREAD' or");
});
