import { InvalidOptionError } from '../errors.ts';
import type { Node } from '../node.ts';
import type { StateResource } from '../types/state.ts';
import { listState } from './list-state.ts';
import type { AnyStateTable } from './state-table.ts';

/** What a node is asked for a list. */
export interface StateRequest {
  readonly resource: StateResource;
  /** A `StateQuery` of the resource. */
  readonly query?: unknown;
}

/** The questions about a node's state, for drivers, workers and other nodes. Answers are plain JSON. */
export function declareStateQuestions(node: Node): void {
  node.questions.set('state', (({ resource, query }: StateRequest) =>
    listState(resource, tableOf(node, resource), query)) as never);
}

function tableOf(node: Node, resource: StateResource): AnyStateTable {
  const table = node.state.table(resource);
  if (table !== undefined) return table;
  throw new InvalidOptionError(`There is no list of ${resource}; allowed: ${node.state.resources.join(', ')}.`);
}
