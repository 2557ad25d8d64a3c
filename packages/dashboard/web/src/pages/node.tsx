import { useState } from 'preact/hooks';
import type { NodeStateInfo, NodeUsage } from '../../../src/api-types.ts';
import { Chart } from '../charts/chart.tsx';
import { status } from '../data/live.ts';
import { equals } from '../data/query.ts';
import { useAnswer } from '../data/use-answer.ts';
import { useHistory } from '../data/use-history.ts';
import { LogPanel } from '../logs/log-panel.tsx';
import { href } from '../route.ts';
import { bytes, coreFigure, figure, percent } from '../text/numbers.ts';
import { amountText } from '../text/resources.ts';
import { duration, fullTime } from '../text/times.ts';
import { Facts } from '../widgets/facts.tsx';
import { NotThere } from '../widgets/gone.tsx';
import { Notice } from '../widgets/messages.tsx';
import { PageFrame } from '../widgets/page.tsx';
import { Panel } from '../widgets/panel.tsx';
import { currentRange, RangeChoice } from '../widgets/range-choice.tsx';
import { State } from '../widgets/state.tsx';
import { WorkersTable } from './workers-table.tsx';

export function NodePage({ id }: { id: string }) {
  const known = useAnswer<NodeStateInfo>(`v0/nodes/${encodeURIComponent(id)}`, 2000);
  // What the live connection says is newer, and goes on when the node is gone.
  const live = status.value?.nodes.find(({ nodeId }) => nodeId === id);
  const node = known.answer && live ? { ...known.answer, ...live } : known.answer;
  const isGone = node !== undefined && status.value !== undefined && live === undefined;
  return (
    <PageFrame
      title={node?.name ?? 'Node'}
      crumb={<a href={href('nodes')}>Nodes and workers</a>}
      beside={node && <State state={isGone ? 'DEAD' : node.state} />}
      controls={<RangeChoice />}
    >
      {node === undefined ? (
        <NotThere what="node" id={id} known={known} />
      ) : (
        <NodeStory node={node} isDead={isGone || node.state === 'DEAD'} />
      )}
    </PageFrame>
  );
}

function NodeStory({ node, isDead }: { node: NodeStateInfo; isDead: boolean }) {
  const [sort, setSort] = useState('number');
  const { history } = useHistory('history', currentRange());
  const times = history?.times ?? [];
  const chart = (title: string, name: string, format: (value: number) => string) => {
    const series = history?.series.find(series => series.name === name && series.labels.nodeId === node.nodeId);
    const lines = [{ name: title, values: series?.values ?? times.map(() => null) }];
    return (
      <Panel title={title} flush>
        <Chart title={title} times={times} lines={lines} format={format} />
      </Panel>
    );
  };
  const { total, available } = node.resources;
  return (
    <div class="stack">
      {isDead && (
        <Notice title="This node has died.">
          {node.deathReason ?? 'It left the cluster.'} What follows is what was known of it last.
        </Notice>
      )}
      <div class="grid thirds" style={{ margin: 0 }}>
        {chart('CPU cores', 'node_cpu_percent', coreFigure)}
        {chart('Memory', 'node_memory_bytes', bytes)}
        {chart('Event-loop delay', 'node_event_loop_delay_ms', duration)}
      </div>
      <div class="wide-left">
        <section class="boxed-table" aria-labelledby="workers-title">
          <h2 id="workers-title">Workers</h2>
          <WorkersTable ofOneNode filters={[equals('nodeId', node.nodeId)]} sort={sort} onSort={setSort} />
        </section>
        <Panel title="About">
          <Facts
            facts={[
              ['Machine', `${node.host}, process ${node.pid}`],
              ['Address', node.address],
              ['Kind', node.kind === 'driver' ? 'driver' : node.isHead ? 'head' : 'node'],
              ...Object.keys(total).map((name): [string, string] => [
                name,
                `${amountText(name, (total[name] ?? 0) - (available[name] ?? 0))} of ${amountText(name, total[name] ?? 0)} in use`,
              ]),
              ...(node.usage ? usageFacts(node.usage) : []),
              ...Object.entries(node.labels),
              ['Started', fullTime(node.startedAt)],
              ['Id', <code key="id">{node.nodeId}</code>],
            ]}
          />
        </Panel>
      </div>
      <LogPanel source={{ nodeId: node.nodeId }} empty="Nothing on this node has printed anything." />
    </div>
  );
}

function usageFacts(usage: NodeUsage): [string, string][] {
  const { objectStore: store, machineMemoryBytes: memory, machineMemoryFreeBytes: free } = usage;
  return [
    ['Objects', `${bytes(store.usedBytes)} of ${bytes(store.limitBytes)}, ${bytes(store.spilledBytes)} spilled`],
    ['Heap of the hub', `${bytes(usage.heapUsedBytes)} of ${bytes(usage.heapLimitBytes)}`],
    ['Hub busy', percent(usage.eventLoopUtilization * 100)],
    ['Memory of the machine', `${bytes(memory - free)} of ${bytes(memory)} in use`],
    ['Load', figure(usage.loadAverage)],
  ];
}
