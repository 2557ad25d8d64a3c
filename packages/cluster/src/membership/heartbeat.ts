import type { ResourceMap } from '@aktis/core';
import type { Heartbeat } from '../records.ts';

const SUBJECT = 'heartbeat.';

/** Where all heartbeats can be heard. */
export const ALL_HEARTBEATS = `${SUBJECT}*`;

export function heartbeatSubject(nodeId: string): string {
  return SUBJECT + nodeId;
}

/** What a heartbeat tells beyond that its sender lives. */
export type Load = Pick<Heartbeat, 'available' | 'waiting'>;

/**
 * `17 {"available":{"CPU":3},"waiting":0}`: the number stands in front, and equal loads are equal texts, so that whoever
 * hears a thousand of them a second parses only what is new.
 */
export function encodeHeartbeat(sequence: number, load: Load): string {
  const { available, waiting } = load;
  return `${sequence} ${JSON.stringify({ available, waiting })}`;
}

export function sequenceOf(message: string): number {
  return Number.parseInt(message, 10);
}

export function loadTextOf(message: string): string {
  return message.slice(message.indexOf(' ') + 1);
}

export function decodeLoad(text: string): Load {
  const { available, waiting } = JSON.parse(text) as { available: ResourceMap; waiting: number };
  return { available, waiting };
}
