import { computed, effect, signal } from '@preact/signals';
import type { ErrorNote, LiveEvent, Status } from '../../../src/api-types.ts';
import { ask, isLockedOut } from './api.ts';
import { endOfPast } from './past.ts';
import { isVisible } from './visible.ts';

export type Connection = 'connecting' | 'live' | 'lost' | 'locked out';

/** The session as it was a second ago at most, while `connection` is `live`. */
export const status = signal<Status | undefined>(undefined);
export const errors = signal<readonly ErrorNote[]>([]);
/** When the last status came, by this browser's clock. */
export const heardAt = signal(0);

const isConnected = signal<boolean | undefined>(undefined);
export const connection = computed<Connection>(() => {
  if (isLockedOut.value) return 'locked out';
  if (isConnected.value === undefined) return 'connecting';
  return isConnected.value ? 'live' : 'lost';
});

/** Of nodes that died while this page was open, newest last. */
export const deaths = signal<readonly { nodeId: string; name: string; reason: string; at: number }[]>([]);

const RETRY_EVERY = 2000;
/** The server tells something every second; a connection without a word is a dead one. */
const SILENCE_LIMIT = 10_000;

let source: EventSource | undefined;
let timer: ReturnType<typeof setTimeout> | undefined;

/** Listens to the server while somebody looks at the page, and comes back when the connection is lost. */
export function listen(): void {
  effect(() => {
    if (isVisible.value) connect();
    else disconnect();
  });
}

function disconnect(): void {
  clearTimeout(timer);
  source?.close();
}

export function connect(): void {
  disconnect();
  const current = new EventSource('api/events');
  source = current;
  expectNews();
  current.onmessage = ({ data }) => {
    expectNews();
    hear(JSON.parse(data) as LiveEvent);
  };
  current.onerror = () => lose();
}

function expectNews(): void {
  clearTimeout(timer);
  timer = setTimeout(lose, SILENCE_LIMIT);
}

function lose(): void {
  disconnect();
  isConnected.value = false;
  // EventSource does not tell a refusal from a dead server; an ordinary request does.
  ask<Status>('status').then(
    () => again(connect, 200),
    () => again(lose, RETRY_EVERY),
  );
}

function again(attempt: () => void, after: number): void {
  if (isVisible.peek()) timer = setTimeout(attempt, after);
}

function hear(event: LiveEvent): void {
  isLockedOut.value = false;
  isConnected.value = true;
  heardAt.value = Date.now();
  if (event.type === 'errors') errors.value = event.errors;
  if (event.type === 'status') {
    noticeDeaths(event.status);
    if (event.status.past) endOfPast.value = new Date(event.status.past.seenAt).getTime();
    status.value = event.status;
  }
}

function noticeDeaths(next: Status): void {
  const before = status.peek();
  if (before === undefined) return;
  // Another program listens on this port now: nothing died, everything is new.
  if (before.sessionId !== next.sessionId) location.reload();
  for (const { nodeId, name, kind, state } of before.nodes) {
    // Drivers come and go.
    if (state === 'DEAD' || kind === 'driver') continue;
    const now = next.nodes.find(node => node.nodeId === nodeId);
    if (now !== undefined && now.state !== 'DEAD') continue;
    const reason = now?.deathReason ?? 'it left the cluster';
    deaths.value = [...deaths.peek(), { nodeId, name, reason, at: Date.now() }];
  }
}
