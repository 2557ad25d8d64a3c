import type { NodeInfo, ResourceMap } from '@aktis/core';
import type { NodeRecord } from '../records.ts';

/** A member as users see it. */
export function nodeInfo(record: NodeRecord, available: ResourceMap = {}): NodeInfo {
  const { total, version: _, jobId: __, fingerprint: ___, ...facts } = record;
  return { ...facts, resources: { total, available } };
}

/** Of the dead: a driver that ended as programs do is of no interest any more. */
export function isWorthShowing({ kind, deathReason = '' }: NodeRecord): boolean {
  return kind === 'node' || !deathReason.startsWith(LEFT);
}

/** How the reason of one begins that said goodbye; see `Standing.leave`. */
const LEFT = 'left:';
