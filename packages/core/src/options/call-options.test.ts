import { InvalidOptionError } from '../errors.ts';
import { cancelOptions, getActorOptions, getOptions, killOptions, waitOptions } from './call-options.ts';

describe('get', () => {
  test('without options is always the same object', () => {
    expect(getOptions(undefined)).toBe(getOptions(undefined));
    expect(getOptions(undefined)).toEqual({ timeout: -1, signal: undefined, copy: false, progress: undefined });
  });

  test('an empty object changes nothing', () => {
    expect(getOptions({})).toEqual(getOptions(undefined));
  });

  test('a timeout of 0 asks only for what is there', () => {
    expect(getOptions({ timeout: 0 }).timeout).toBe(0);
  });

  test('all options pass', () => {
    const { signal } = new AbortController();
    expect(getOptions({ timeout: 5, signal, copy: true, progress: 'rows' })).toEqual({
      timeout: 5,
      signal,
      copy: true,
      progress: 'rows',
    });
  });

  test.each([
    [{ timeout: -1 }, 'Option timeout is -1, but must be a number of milliseconds from 0 to 2147483647'],
    [{ timeout: Number.NaN }, 'Option timeout is NaN'],
    [{ timeout: Number.POSITIVE_INFINITY }, 'Option timeout is Infinity'],
    [{ timeout: 2 ** 31 }, 'Option timeout is 2147483648'],
    [{ timeout: '5' }, "Option timeout is '5'"],
    [{ timout: 5 }, 'There is no option timout for get; did you mean timeout?'],
    [{ signal: {} }, 'Option signal is {}, but must be an AbortSignal.'],
    [{ copy: 1 }, 'Option copy is 1, but must be true or false.'],
    [5, 'The options of get are 5, but must be an object.'],
    [null, 'The options of get are null, but must be an object.'],
  ])('%j is refused', (input, message) => {
    expect(() => getOptions(input)).toThrow(InvalidOptionError);
    expect(() => getOptions(input)).toThrow(message);
  });
});

describe('wait', () => {
  test('waits for one ref without a limit unless told otherwise', () => {
    expect(waitOptions(undefined)).toEqual({ numReturns: 1, timeout: -1, fetchLocal: true });
    expect(waitOptions({ numReturns: 3, timeout: 0 })).toEqual({ numReturns: 3, timeout: 0, fetchLocal: true });
    expect(waitOptions({ fetchLocal: false })).toEqual({ numReturns: 1, timeout: -1, fetchLocal: false });
  });

  test.each([
    [{ numReturns: 0 }, 'Option numReturns is 0, but must be a whole number >= 1.'],
    [{ numReturns: 1.5 }, 'Option numReturns is 1.5'],
    [{ timeout: -5 }, 'Option timeout is -5'],
    [{ fetchLocal: 'no' }, "Option fetchLocal is 'no'"],
    [{ num_returns: 2 }, 'did you mean numReturns?'],
  ])('%j is refused', (input, message) => {
    expect(() => waitOptions(input)).toThrow(message);
  });
});

test('cancel, kill and getActor check theirs', () => {
  expect(cancelOptions({ force: true, recursive: false, grace: 0 })).toEqual({
    force: true,
    recursive: false,
    grace: 0,
  });
  expect(() => cancelOptions({ grace: -1 })).toThrow('Option grace is -1');
  expect(() => cancelOptions({ forced: true })).toThrow('did you mean force?');
  expect(killOptions({ noRestart: false })).toEqual({ noRestart: false });
  expect(() => killOptions({ noRestart: 0 })).toThrow('Option noRestart is 0, but must be true or false.');
  expect(getActorOptions({ namespace: 'web' })).toEqual({ namespace: 'web' });
  expect(() => getActorOptions({ namespace: '' })).toThrow('Option namespace is');
});
