import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { describeMachine, machine } from '@aktis/cli/microbenchmark';
import { type ClusterReport, runCluster } from './cluster-run.ts';

const usage = `npm run simulate -w benchmarks -- [options]
  --nodes N,N,…   sizes of the cluster (10,100,1000); every node runs 1,000 tasks
  --seed N        of chance (1)
  --json FILE     the results for machines, beside the table`;

const columns: readonly (readonly [string, (report: ClusterReport) => string])[] = [
  ['nodes', ({ nodes }) => whole(nodes)],
  ['tasks', ({ tasks }) => whole(tasks)],
  ['submitters', ({ submitters }) => whole(submitters)],
  ['decisions/s', ({ decisionsPerSecond }) => whole(decisionsPerSecond)],
  ['index, alone', ({ indexDecisionsPerSecond }) => whole(indexDecisionsPerSecond)],
  ['scan, alone', ({ scanDecisionsPerSecond }) => whole(scanDecisionsPerSecond)],
  ['µs/update', ({ viewUpdateMicroseconds }) => viewUpdateMicroseconds.toFixed(2)],
  ['heartbeats/s idle', ({ heartbeatsPerNodeIdle }) => whole(heartbeatsPerNodeIdle)],
  ['… busy', ({ heartbeatsPerNodeBusy }) => whole(heartbeatsPerNodeBusy)],
  ['refused ‰', ({ refusedPerThousand }) => refusedPerThousand.toFixed(1)],
  ['taken back ‰', ({ takenBackPerThousand }) => takenBackPerThousand.toFixed(1)],
  ['wait ms p50', ({ wait }) => wait.median.toFixed(1)],
  ['p99', ({ wait }) => wait.p99.toFixed(1)],
  ['use % mean', ({ use }) => percent(use.mean)],
  ['least', ({ use }) => percent(use.least)],
  ['most', ({ use }) => percent(use.most)],
  ['crash known s', ({ crashKnownAfter }) => crashKnownAfter.toFixed(1)],
  ['took s', ({ realSeconds }) => realSeconds.toFixed(0)],
];

async function run(sizes: readonly number[], seed: number, json: string | undefined): Promise<void> {
  const here = machine();
  console.log(
    `${describeMachine(here)}. Clusters in virtual time: real memberships and scheduling, simulated processes and store.`,
  );
  const reports: ClusterReport[] = [];
  for (const nodes of sizes) {
    process.stderr.write(`\r\x1b[K${whole(nodes)} nodes`);
    reports.push(await runCluster(nodes, seed));
  }
  process.stderr.write('\r\x1b[K');
  console.log(table(reports));
  if (json !== undefined) {
    const file = resolve(process.env.INIT_CWD ?? '.', json);
    await writeFile(file, `${JSON.stringify({ machine: here, seed, reports }, null, 2)}\n`);
  }
}

/** A line for each figure, a column for each size: there are more figures than sizes. */
function table(reports: readonly ClusterReport[]): string {
  const rows = columns.map(([title, cell]) => [title, ...reports.map(cell)]);
  const widths = rows[0]?.map((_, i) => Math.max(...rows.map(row => (row[i] as string).length))) ?? [];
  return rows
    .map(row => row.map((text, i) => (i === 0 ? text.padEnd(widths[i] as number) : text.padStart(widths[i] as number))))
    .map(cells => cells.join('  '))
    .join('\n');
}

function whole(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}

function percent(share: number): string {
  return (share * 100).toFixed(0);
}

const { values } = parseArgs({
  options: {
    nodes: { type: 'string', default: '10,100,1000' },
    seed: { type: 'string', default: '1' },
    json: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});
const sizes = values.nodes.split(',').map(Number);
if (values.help) console.log(usage);
else if (sizes.some(nodes => !Number.isInteger(nodes) || nodes < 2)) {
  console.error(`--nodes takes whole numbers above 1, but was given ${values.nodes}\n\n${usage}`);
  process.exitCode = 2;
} else await run(sizes, Number(values.seed), values.json);
