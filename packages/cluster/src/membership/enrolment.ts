import { NodeDiedError } from '@aktis/core';
import { AktisError } from '@aktis/transport';
import type { NodeRecord } from '../records.ts';
import type { NodeTable } from './node-table.ts';

/**
 * Writes the record of a node that joins, under a name that no living node has: `worker`, or when that is taken
 * `worker-2`, `worker-3`, ... Returns it as it was written.
 */
export async function enrol(
  nodes: NodeTable,
  wanted: NodeRecord,
  others: readonly NodeRecord[],
  warn: (message: string) => void,
): Promise<NodeRecord> {
  let record = { ...wanted, name: freeName(wanted.name, others) };
  let revision = await nodes.create(record);
  if (revision === undefined) {
    throw new AktisError(`There is a node with the id ${wanted.nodeId} already. Join with a new id each time`);
  }
  // Two that join at the same time may take the same name: the later one gives way.
  for (;;) {
    const entries = (await nodes.living()).filter(entry => entry.record.nodeId !== wanted.nodeId);
    const earlier = entries.filter(entry => entry.revision < Number(revision)).map(entry => entry.record);
    if (earlier.every(({ name }) => name !== record.name)) break;
    const name = freeName(wanted.name, [...others, ...entries.map(entry => entry.record)]);
    const entry = await nodes.change(wanted.nodeId, current => ({ ...current, name }));
    if (entry === undefined) throw new NodeDiedError(`Node ${wanted.name} was declared dead while it joined`);
    ({ record, revision } = entry);
  }
  if (record.name !== wanted.name) {
    warn(
      `There is a node named ${wanted.name} already; this one is called ${record.name}. Choose names with --node-name`,
    );
  }
  return record;
}

function freeName(name: string, others: readonly NodeRecord[]): string {
  const taken = new Set(others.map(record => record.name));
  if (!taken.has(name)) return name;
  let number = 2;
  while (taken.has(`${name}-${number}`)) number++;
  return `${name}-${number}`;
}
