import type { NodeInfo } from '@aktis/core';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { addClusterOptions, type ClusterChoice, withCluster } from './cluster/cluster-option.ts';

interface Settings extends ClusterChoice {
  readonly reason: string;
  /** In ms. */
  readonly deadline: number;
  readonly wait: boolean;
}

export function configure(command: Command): void {
  addClusterOptions(command)
    .description(
      'Lets a node leave in good order: it gets no new work, what runs may end, actors that may restart move to other nodes ' +
        'at no cost to their restarts, and results that lie only there are copied. Then, or at the deadline, it ends.',
    )
    .argument('<node>', 'its id, the beginning of it, or its name; "aktis status" shows them')
    .option('--reason <text>', 'why, for "aktis status"', 'asked by "aktis drain"')
    .addOption(
      new Option('--deadline <time>', 'how long what runs may take: 60s, 5m, 1h')
        .argParser(duration)
        .default(60_000, '60s'),
    )
    .option('--no-wait', 'return when the node drains, not when it has left')
    .addHelpText(
      'after',
      '\nExamples:\n  $ aktis drain worker-2 --reason upgrade --deadline 5m\n  $ aktis drain 8c1f --no-wait',
    )
    .action((node: string, settings: Settings) => drain(node, settings));
}

async function drain(wanted: string, { reason, deadline, wait, ...choice }: Settings): Promise<void> {
  const { askToDrain, listNodes, nodeGone } = await import('@aktis/cluster');
  await withCluster(choice, async store => {
    const node = await find(await listNodes(store, { all: true }), wanted);
    await askToDrain(store, node, { reason, deadline });
    const what = `Node ${node.name} (${node.nodeId.slice(0, 12)})`;
    console.log(`${what} drains, for ${deadline / 1000} s at most`);
    if (!wait) return;
    const record = await nodeGone(store, node.nodeId);
    console.log(`${what} is gone${record?.deathReason === undefined ? '' : `: ${record.deathReason}`}`);
  });
}

async function find(nodes: readonly NodeInfo[], wanted: string): Promise<NodeInfo> {
  const { AktisError } = await import('@aktis/core');
  const living = nodes.filter(({ state }) => state !== 'DEAD');
  const named = living.filter(({ name }) => name === wanted);
  const found = named.length > 0 ? named : living.filter(({ nodeId }) => nodeId.startsWith(wanted));
  const [node] = found;
  if (node !== undefined && found.length === 1) return node;
  if (node !== undefined)
    throw new AktisError(`${found.length} nodes have an id that begins with "${wanted}": give more of it`);
  const dead = nodes.find(({ name, nodeId }) => name === wanted || nodeId === wanted);
  const names = living.filter(({ kind }) => kind === 'node').map(({ name }) => name);
  throw new AktisError(
    dead === undefined
      ? `There is no node "${wanted}". Living ones: ${names.join(', ')}`
      : `Node ${wanted} is gone already: ${dead.deathReason ?? 'it died'}`,
  );
}

/** In ms. */
function duration(text: string): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h)?$/.exec(text.trim());
  if (match === null) throw new InvalidArgumentError('It must be a time such as 60s, 5m or 1h.');
  return Number(match[1]) * { ms: 1, s: 1000, m: 60_000, h: 3_600_000 }[(match[2] ?? 's') as 'ms' | 's' | 'm' | 'h'];
}
