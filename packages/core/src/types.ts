export type * from './types/calls.ts';
export type * from './types/functions.ts';
export type * from './types/handles.ts';
export type * from './types/options.ts';
export type * from './types/placement-group.ts';
export type * from './types/refs.ts';
export type * from './types/reports.ts';
export type * from './types/state.ts';
