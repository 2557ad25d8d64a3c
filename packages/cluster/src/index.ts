export type * from './control-store.ts';
export type * from './records.ts';
