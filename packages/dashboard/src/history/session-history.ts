import { hostname } from 'node:os';
import type { History, HistoryOptions, Node } from '@aktis/core';
import { HistoryClient } from './history-client.ts';
import { historyDirectory } from './history-files.ts';
import { HistoryKeeper } from './history-keeper.ts';

const DAYS = 7;
const MAX_BYTES = 512 * 2 ** 20;

/** A thread for the histories in a folder. */
export function historyClient(options: HistoryOptions = {}): HistoryClient {
  const { directory = historyDirectory(), days = DAYS, maxBytes = MAX_BYTES } = options;
  return new HistoryClient({ directory, days, maxBytes });
}

/** Those that are written, by their nodes. */
const clients = new WeakMap<Node, HistoryClient>();

/** The thread that writes what happens on a node, or one that only reads. Who was given one of the latter closes it. */
export function historyOf(node: Node): { readonly client: HistoryClient; readonly isOwn: boolean } {
  const client = clients.get(node);
  return client === undefined ? { client: historyClient(), isOwn: true } : { client, isOwn: false };
}

/** What `registerHistory` wants. */
export const history: History = {
  async keep(node, options) {
    const client = historyClient(options);
    clients.set(node, client);
    const ask = async (question: string, value: unknown) =>
      node.questions.get(question)?.(value as never, { thread: null, task: null });
    const keeper = new HistoryKeeper(ask, client, text => node.logs.warn(text));
    await keeper.begin({
      sessionId: node.id,
      startedAt: node.startedAt.toISOString(),
      pid: process.pid,
      host: hostname(),
      entrypoint: process.argv[1] ?? '',
      address: 'local',
    });
    return async () => {
      await keeper.end();
      await client.close();
    };
  },
};
