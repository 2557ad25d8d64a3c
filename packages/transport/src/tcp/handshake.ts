import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { BacklogLimits } from '../backlog.ts';
import type { Channel, TcpIdentity } from './identity.ts';
import type { AgreedLimits, TcpLimits } from './limits.ts';

/** The first thing each end says. */
export interface Hello extends TcpIdentity {
  readonly channel: Channel;
  readonly backlog: BacklogLimits;
  readonly frameBytes: number;
}

export interface Refusal {
  readonly reason: 'token' | 'version';
  readonly message: string;
}

export type Role = 'connecting' | 'listening';

/** A hello as it is sent; the nonce makes each one unlike all others, so that no proof can be used twice. */
export function helloText(identity: TcpIdentity, channel: Channel, { backlog, frameBytes }: TcpLimits): string {
  const { nodeId, version } = identity;
  const { messages, bytes } = backlog;
  const nonce = randomBytes(32).toString('base64');
  return JSON.stringify({ aktis: 'hello', nodeId, version, channel, backlog: { messages, bytes }, frameBytes, nonce });
}

/** Undefined when it is no hello. */
export function parseHello(text: string): Hello | undefined {
  const hello = parseObject(text);
  if (hello === undefined || hello.aktis !== 'hello' || typeof hello.nonce !== 'string') return undefined;
  const { nodeId, version, channel, backlog, frameBytes } = hello;
  if (!isName(nodeId) || !isName(version)) return undefined;
  if (channel !== 'calls' && channel !== 'bulk') return undefined;
  if (typeof backlog !== 'object' || backlog === null || !isPositive(frameBytes)) return undefined;
  const { messages, bytes } = backlog as Record<string, unknown>;
  if (!isPositive(messages) || !isPositive(bytes)) return undefined;
  return { nodeId, version, channel, backlog: { messages, bytes }, frameBytes };
}

export function parseRefusal(text: string): Refusal | undefined {
  const refusal = parseObject(text);
  if (refusal === undefined || typeof refusal.message !== 'string') return undefined;
  return refusal.reason === 'token' || refusal.reason === 'version' ? (refusal as unknown as Refusal) : undefined;
}

/**
 * What only somebody who knows the token can compute. It covers both hellos as they were sent, and with them both nonces,
 * node ids, versions and the channel; the role, so that nobody can send an end its own proof back; and `binding`, the
 * secret of the TLS session, so that nobody in the middle, who has a session with each end, can pass proofs on.
 */
export function proofOf(token: string, role: Role, hellos: readonly [string, string], binding: string): string {
  return createHmac('sha256', token)
    .update(JSON.stringify(['aktis', role, ...hellos, binding]))
    .digest('hex');
}

export function isProof(text: string, expected: string): boolean {
  const [given, right] = [Buffer.from(text, 'utf8'), Buffer.from(expected, 'utf8')];
  return given.length === right.length && timingSafeEqual(given, right);
}

export function agree(ours: TcpLimits, theirs: Hello): AgreedLimits {
  const messages = Math.min(ours.backlog.messages, theirs.backlog.messages);
  const bytes = Math.min(ours.backlog.bytes, theirs.backlog.bytes);
  return { backlog: { messages, bytes }, sendFrameBytes: theirs.frameBytes };
}

/** Ends of the same major and minor version understand each other. */
export function understandEachOther(one: string, other: string): boolean {
  return minorOf(one) === minorOf(other);
}

function minorOf(version: string): string {
  return version.split('.', 2).join('.');
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

/** Short enough for the messages of errors, whoever made it up. */
function isName(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value.length <= 256;
}

function isPositive(value: unknown): value is number {
  return typeof value === 'number' && value > 0;
}
