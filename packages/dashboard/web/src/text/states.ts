/** How a state looks: under way, waiting, over, gone wrong, or none of these. */
export type Tone = 'active' | 'waiting' | 'done' | 'bad' | 'plain';

const TONES: readonly (readonly [Tone, RegExp])[] = [
  ['bad', /FAIL|DEAD|ERROR|DIED/],
  ['waiting', /PENDING|WAIT|QUEUED|SUBMITTED|STARTING|DRAINING|RESTARTING|RESCHEDULING|UNREADY/],
  ['active', /RUNNING|ALIVE|CREATED|MEMORY/],
  ['done', /FINISHED|SUCCEEDED|STOPPED|REMOVED|SPILLED/],
];

export function toneOf(state: string): Tone {
  return TONES.find(([, pattern]) => pattern.test(state))?.[0] ?? 'plain';
}

const NAMES: Readonly<Record<string, string>> = {
  PENDING_ARGS_AVAIL: 'waits for arguments',
  PENDING_NODE_ASSIGNMENT: 'waits for resources or its actor',
  DEPENDENCIES_UNREADY: 'waits for arguments',
  PENDING_CREATION: 'being created',
  SUBMITTED_TO_WORKER: 'sent to worker',
};

/** `RUNNING` → `running`. */
export function stateName(state: string): string {
  return NAMES[state] ?? state.toLowerCase().replaceAll('_', ' ');
}

/** For states of the same tone together. */
export const TONE_NAMES: Readonly<Record<Tone, string>> = {
  bad: 'failed',
  active: 'under way',
  waiting: 'waiting',
  plain: 'other',
  done: 'over',
};

/** What comes first in a bar or a legend: the troubles, then what is under way, what waits, what is over. */
export const TONE_ORDER: readonly Tone[] = ['bad', 'active', 'waiting', 'plain', 'done'];

export function byTone(a: string, b: string): number {
  return TONE_ORDER.indexOf(toneOf(a)) - TONE_ORDER.indexOf(toneOf(b)) || a.localeCompare(b);
}
