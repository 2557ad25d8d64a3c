import type { SessionFacts } from './history-batch.ts';

/** What the thread of a history is started with. */
export interface HistorySettings {
  readonly directory: string;
  readonly days: number;
  readonly maxBytes: number;
}

/** To the thread. All are answered, in their order. */
export type HistoryRequest =
  | { readonly type: 'begin'; readonly facts: SessionFacts }
  /** A `HistoryBatch` as JSON: copied fastest. */
  | { readonly type: 'write'; readonly batch: string }
  | { readonly type: 'end'; readonly at: number }
  | { readonly type: 'sessions' }
  | { readonly type: 'session'; readonly sessionId: string }
  | { readonly type: 'ask'; readonly sessionId: string; readonly question: string; readonly value: unknown }
  | { readonly type: 'close' };

export type HistoryAnswer =
  | { readonly value: unknown }
  /** `code`: of an error that says what is allowed. */
  | { readonly error: string; readonly code?: string };
