export type * from './control-store.ts';
export * from './membership/index.ts';
export { NobodyThereError } from './nobody-there-error.ts';
export type * from './records.ts';
