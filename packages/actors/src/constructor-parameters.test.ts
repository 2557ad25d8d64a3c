import { parameterName } from './constructor-parameters.ts';

class Account {
  constructor(
    readonly start = [1, 2].map(x => x + 1),
    readonly clock: unknown = { now: () => 1 },
    { deep }: { deep?: number } = {},
    ...rest: unknown[]
  ) {
    void [deep, rest];
  }
}

test('names parameters, whatever their defaults look like', () => {
  expect(parameterName(Account, 0)).toBe('start');
  expect(parameterName(Account, 1)).toBe('clock');
  expect(parameterName(Account, 3)).toBe('rest');
});

test('does not invent names', () => {
  expect(parameterName(Account, 2)).toBeUndefined();
  expect(parameterName(Account, 4)).toBeUndefined();
  expect(parameterName(class {}, 0)).toBeUndefined();
});
