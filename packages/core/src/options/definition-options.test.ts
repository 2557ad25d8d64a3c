import { InvalidOptionError } from '../errors.ts';
import { actorOptions, methodOptions, taskOptions } from './definition-options.ts';

class Flaky extends Error {}

function messageOf(check: () => unknown): string {
  try {
    check();
  } catch (error) {
    expect(error).toBeInstanceOf(InvalidOptionError);
    expect(error).toBeInstanceOf(TypeError);
    return (error as Error).message;
  }
  throw new Error('nothing was refused');
}

describe('what is allowed', () => {
  test('no options give an empty frozen object', () => {
    expect(taskOptions(undefined)).toEqual({});
    expect(Object.isFrozen(taskOptions(undefined))).toBe(true);
  });

  test('a number means numCpus', () => {
    expect(taskOptions(2)).toEqual({ numCpus: 2 });
    expect(actorOptions(0)).toEqual({ numCpus: 0 });
  });

  test('all options of tasks pass and come back frozen', () => {
    const options = {
      numCpus: 0.5,
      numGpus: 0.25,
      memory: 1e9,
      resources: { tpu: 2, 'node:a': 0 },
      name: 'crawl',
      numReturns: 0,
      maxRetries: -1,
      retryExceptions: [Flaky, RangeError],
      schedulingStrategy: 'SPREAD',
      labelSelector: { zone: 'a', kind: ['x', 'y'] },
      runtimeEnv: { setup: './setup.js', env: { LEVEL: 'debug' }, resourceLimits: { maxOldGenerationSizeMb: 64 } },
      timeout: 1000,
      maxCalls: 10,
      streamBuffer: 1,
    };
    const checked = taskOptions(options);
    expect(checked).toEqual(options);
    expect(Object.isFrozen(checked)).toBe(true);
  });

  test('all options of actors pass', () => {
    const options = {
      numCpus: 1,
      numGpus: 2,
      name: 'hits',
      namespace: 'web',
      getIfExists: true,
      lifetime: 'detached',
      maxRestarts: -1,
      maxTaskRetries: 0,
      maxConcurrency: 8,
      concurrencyGroups: { io: 4 },
      maxPendingCalls: -1,
      isolated: false,
      schedulingStrategy: { nodeId: 'abc', soft: true },
    };
    expect(actorOptions(options)).toEqual(options);
  });

  test('all options of methods pass', () => {
    const options = {
      numReturns: 2,
      concurrencyGroup: 'io',
      maxTaskRetries: -1,
      retryExceptions: true,
      timeout: 5,
      streamBuffer: 8,
    };
    expect(methodOptions(options)).toEqual(options);
  });

  test.each([
    ['DEFAULT'],
    [{ nodeId: 'abc' }],
    [{ placementGroup: { id: 'pg' }, bundleIndex: -1, captureChildTasks: true }],
    [{ labels: { hard: { zone: ['a', 'b'] }, soft: {} } }],
  ])('schedulingStrategy may be %j', schedulingStrategy => {
    expect(taskOptions({ schedulingStrategy })).toEqual({ schedulingStrategy });
  });

  test('the placement group of a strategy stays the same object', () => {
    const placementGroup = { id: 'pg' };
    const { schedulingStrategy } = taskOptions({ schedulingStrategy: { placementGroup } });
    expect((schedulingStrategy as { placementGroup: unknown }).placementGroup).toBe(placementGroup);
  });

  test('options that are undefined are as good as absent', () => {
    expect(Object.keys(taskOptions({ name: undefined, numCpus: 1 }))).toEqual(['numCpus']);
  });
});

describe('what is refused, and how', () => {
  test.each<[unknown, string]>([
    [{ numCpus: -1 }, 'Option numCpus is -1, but must be a number >= 0.'],
    [-1, 'Option numCpus is -1, but must be a number >= 0.'],
    [Number.NaN, 'Option numCpus is NaN, but must be a number >= 0.'],
    [{ numCpus: Number.POSITIVE_INFINITY }, 'Option numCpus is Infinity, but must be a number >= 0.'],
    [{ numCpus: '2' }, "Option numCpus is '2', but must be a number >= 0."],
    [{ numCpus: null }, 'Option numCpus is null, but must be a number >= 0.'],
    [{ numGpus: 1.5 }, 'Option numGpus is 1.5, but must be a fraction between 0 and 1, or a whole number.'],
    [{ memory: -5 }, 'Option memory is -5, but must be a number >= 0.'],
    [{ resources: { tpu: -1 } }, 'Option resources.tpu is -1, but must be a number >= 0.'],
    [{ resources: { CPU: 2 } }, 'Option resources.CPU is 2, but must be given as the option numCpus.'],
    [{ resources: { GPU: 2 } }, 'Option resources.GPU is 2, but must be given as the option numGpus.'],
    [{ resources: 5 }, 'Option resources is 5, but must be a map of names to amounts, such as { tpu: 1 }.'],
    [{ name: '' }, "Option name is '', but must be a string that is not empty."],
    [{ numReturns: -1 }, 'Option numReturns is -1, but must be a whole number >= 0.'],
    [{ numReturns: 1.5 }, 'Option numReturns is 1.5, but must be a whole number >= 0.'],
    [{ maxRetries: -2 }, 'Option maxRetries is -2, but must be a whole number >= 0, or -1 for no limit.'],
    [
      { retryExceptions: ['Error'] },
      "Option retryExceptions is [ 'Error' ], but must be true, false or a list of error classes.",
    ],
    [
      { retryExceptions: [() => 1] },
      'Option retryExceptions is [ [Function (anonymous)] ], but must be true, false or a list of error classes.',
    ],
    [
      { retryExceptions: 'yes' },
      "Option retryExceptions is 'yes', but must be true, false or a list of error classes.",
    ],
    [
      { timeout: 0 },
      'Option timeout is 0, but must be a number of milliseconds above 0, up to 2147483647; leave it out for no limit.',
    ],
    [{ maxCalls: '1' }, "Option maxCalls is '1', but must be a whole number >= 0."],
    [{ labelSelector: { zone: 1 } }, 'Option labelSelector.zone is 1, but must be a string or a list of strings.'],
    [{ runtimeEnv: { env: { LEVEL: 1 } } }, 'Option runtimeEnv.env.LEVEL is 1, but must be a string.'],
    [
      { runtimeEnv: { pip: [] } },
      'There is no option runtimeEnv.pip; allowed in runtimeEnv: setup, env, resourceLimits.',
    ],
    [
      { runtimeEnv: { resourceLimits: { maxOldGenerationSizeMb: 0 } } },
      'Option runtimeEnv.resourceLimits.maxOldGenerationSizeMb is 0, but must be a number of megabytes above 0.',
    ],
    [{ numCpu: 1 }, 'There is no option numCpu for a remote function; did you mean numCpus?'],
    [{ num_cpus: 1 }, 'There is no option num_cpus for a remote function; did you mean numCpus?'],
    ['fast', "The options of a remote function are 'fast', but must be an object or a number, which means numCpus."],
    [null, 'The options of a remote function are null, but must be an object or a number, which means numCpus.'],
    [[1], 'The options of a remote function are [ 1 ], but must be an object or a number, which means numCpus.'],
  ])('options %j of a task', (input, message) => {
    expect(messageOf(() => taskOptions(input))).toBe(message);
  });

  test.each([
    ['RANDOM'],
    [{ node: 'abc' }],
    [{ nodeId: 5 }],
    [{ placementGroup: 'pg' }],
    [{ placementGroup: { id: 'pg' }, bundleIndex: -2 }],
    [{ labels: { wanted: {} } }],
  ])('schedulingStrategy %j', schedulingStrategy => {
    expect(messageOf(() => taskOptions({ schedulingStrategy }))).toMatch(
      /^Option schedulingStrategy is .*, but must be 'DEFAULT', 'SPREAD', \{ nodeId, soft\? \}/,
    );
  });

  test.each<[unknown, string]>([
    [{ maxRestarts: -2 }, 'Option maxRestarts is -2, but must be a whole number >= 0, or -1 for no limit.'],
    [{ lifetime: 'forever' }, "Option lifetime is 'forever', but must be 'detached'."],
    [{ maxConcurrency: 0 }, 'Option maxConcurrency is 0, but must be a whole number >= 1.'],
    [{ concurrencyGroups: { io: 0 } }, 'Option concurrencyGroups.io is 0, but must be a whole number >= 1.'],
    [{ maxPendingCalls: 0 }, 'Option maxPendingCalls is 0, but must be a whole number >= 1, or -1 for no limit.'],
    [{ isolated: 'yes' }, "Option isolated is 'yes', but must be true or false."],
    [{ maxRestart: 1 }, 'There is no option maxRestart for a remote class; did you mean maxRestarts?'],
  ])('options %j of an actor', (input, message) => {
    expect(messageOf(() => actorOptions(input))).toBe(message);
  });

  test('an option with no likeness to any lists what is allowed', () => {
    expect(messageOf(() => methodOptions({ colour: 'red' }))).toMatch(
      /colour for a method of an actor; allowed: numCpus, numReturns, /,
    );
  });

  test('a number is the CPUs a method takes', () => {
    expect(methodOptions(2)).toEqual({ numCpus: 2 });
    expect(messageOf(() => methodOptions(-1))).toMatch(/numCpus is -1/);
  });
});

describe('in a worker', () => {
  const workerSymbol = Symbol.for('aktis.worker');
  beforeEach(() => {
    Object.defineProperty(globalThis, workerSymbol, { value: true, configurable: true });
  });
  afterEach(() => {
    delete (globalThis as Record<symbol, unknown>)[workerSymbol];
  });

  test('definitions are not checked again, only normalised', () => {
    const checked = taskOptions({ numCpus: '2', name: undefined });
    expect(checked).toEqual({ numCpus: '2' });
    expect(Object.isFrozen(checked)).toBe(true);
    expect(actorOptions(3)).toEqual({ numCpus: 3 });
  });
});
