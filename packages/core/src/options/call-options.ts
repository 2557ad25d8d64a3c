import type { GetSettings } from '../runtime.ts';
import type { CancelOptions, GetActorOptions, GetOptions, KillOptions, WaitOptions } from '../types/options.ts';
import { optionChecker } from './option-checker.ts';
import { abortSignal, count, flag, LONGEST_MS, milliseconds, text } from './rules.ts';

/** `get` with everything at its default. */
const plainGet: GetSettings = Object.freeze({ timeout: -1, signal: undefined, copy: false, progress: undefined });

/** What `wait` was asked for, defaults filled in. */
export interface WaitSettings {
  readonly numReturns: number;
  /** Milliseconds; -1: none. */
  readonly timeout: number;
  readonly fetchLocal: boolean;
}

const plainWait: WaitSettings = Object.freeze({ numReturns: 1, timeout: -1, fetchLocal: true });

const checkGet = optionChecker<GetOptions>({
  of: 'get',
  rules: () => ({ timeout: milliseconds(), signal: abortSignal(), copy: flag(), progress: text() }),
});

const checkWait = optionChecker<WaitOptions>({
  of: 'wait',
  rules: () => ({ numReturns: count(1), timeout: milliseconds(), fetchLocal: flag() }),
});

/** Checks what `get` was given. Called for every `get`, so the usual forms pass without a schema. */
export function getOptions(input: unknown): GetSettings {
  if (input === undefined) return plainGet;
  const options = isOnlyTimeout(input) ? input : checkGet(input);
  return {
    timeout: options.timeout ?? -1,
    signal: options.signal,
    copy: options.copy ?? false,
    progress: options.progress,
  };
}

/** Checks what `wait` was given. Called for every `wait`, so the usual forms pass without a schema. */
export function waitOptions(input: unknown): WaitSettings {
  if (input === undefined) return plainWait;
  const options = isPlainWait(input) ? input : checkWait(input);
  return {
    numReturns: options.numReturns ?? 1,
    timeout: options.timeout ?? -1,
    fetchLocal: options.fetchLocal ?? true,
  };
}

/** Checks what `cancel` was given. */
export const cancelOptions = optionChecker<CancelOptions>({
  of: 'cancel',
  rules: () => ({ force: flag(), recursive: flag(), grace: milliseconds() }),
});

/** Checks what `kill` was given. */
export const killOptions = optionChecker<KillOptions>({ of: 'kill', rules: () => ({ noRestart: flag() }) });

/** Checks what `getActor` was given beside the name. */
export const getActorOptions = optionChecker<GetActorOptions>({ of: 'getActor', rules: () => ({ namespace: text() }) });

function isOnlyTimeout(input: unknown): input is GetOptions {
  if (typeof input !== 'object' || input === null) return false;
  for (const name in input) if (name !== 'timeout') return false;
  const { timeout } = input as GetOptions;
  return timeout === undefined || isTime(timeout);
}

function isPlainWait(input: unknown): input is WaitOptions {
  if (typeof input !== 'object' || input === null) return false;
  for (const name in input) if (name !== 'timeout' && name !== 'numReturns') return false;
  const { timeout, numReturns } = input as WaitOptions;
  const isCount = numReturns === undefined || (Number.isSafeInteger(numReturns) && numReturns >= 1);
  return isCount && (timeout === undefined || isTime(timeout));
}

function isTime(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value <= LONGEST_MS;
}
