import type { CancelOptions, GetOptions, InitOptions, WaitOptions } from './types.ts';
export const cancelOptions = (o?: CancelOptions) => ({ force: false, recursive: true, grace: 1000, ...o });
export const getOptions = (o?: GetOptions) => o;
export const waitOptions = (o?: WaitOptions) => o ?? {};
export const initOptions = (o?: InitOptions) => o ?? {};
export const methodOptions = (o: unknown) => o as object;
export const killOptions = (o?: { noRestart?: boolean }) => o ?? {};
export const getActorOptions = (o?: { namespace?: string }) => o ?? {};
