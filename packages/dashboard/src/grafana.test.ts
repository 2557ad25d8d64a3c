import { readFileSync } from 'node:fs';
import type { NodeStateInfo } from './api-types.ts';
import { coreMetrics } from './core-metrics.ts';
import { prometheusText } from './prometheus.ts';

interface Panel {
  readonly id: number;
  readonly title: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets: readonly { readonly expr: string }[];
}

const dashboard = JSON.parse(readFileSync(new URL('../grafana/aktis.json', import.meta.url), 'utf8')) as {
  readonly panels: readonly Panel[];
  readonly templating: { readonly list: readonly { readonly query: unknown }[] };
};
const expressions = [
  ...dashboard.panels.flatMap(({ targets }) => targets.map(({ expr }) => expr)),
  JSON.stringify(dashboard.templating.list),
];

const tasks = { pendingArgs: 1, pendingAssignment: 1, submitted: 1, running: 1, finished: 1, failed: 1 };
const node = {
  nodeId: 'n1',
  state: 'ALIVE',
  resources: { total: { CPU: 2 }, available: { CPU: 1 } },
  usage: { objectStore: {}, tasks },
} as unknown as NodeStateInfo;

/** Metric names, each with its labels and the values of those that are words of ours. */
async function exported(): Promise<Map<string, Set<string>>> {
  const labels = new Map<string, Set<string>>();
  for (const line of (await prometheusText(coreMetrics([node]))).split('\n')) {
    const [, name, list = ''] = /^(aktis_\w+)(?:\{(.*)\})? /.exec(line) ?? [];
    if (name === undefined) continue;
    const known = labels.get(name) ?? new Set();
    labels.set(name, known);
    for (const [, label] of list.matchAll(/(\w+)="/g)) known.add(label as string);
  }
  return labels;
}

test('the Grafana dashboard asks only for what /metrics tells, by labels that are there', async () => {
  const metrics = await exported();
  for (const expression of expressions) {
    for (const [, name, selector = ''] of expression.matchAll(/(aktis_\w+)(?:\{([^}]*)\})?/g)) {
      expect([...metrics.keys()]).toContain(name);
      for (const [, label] of selector.matchAll(/(\w+)\s*(?:=~|!=|!~|=)/g)) {
        expect([...(metrics.get(name as string) as Set<string>)]).toContain(label);
      }
    }
  }
});

test('it shows everything that /metrics tells of Aktis itself', async () => {
  const shown = expressions.join(' ');
  for (const name of (await exported()).keys()) expect(shown).toMatch(new RegExp(`\\b${name}\\b`));
});

test('no two panels lie on each other', () => {
  const taken = new Set<string>();
  for (const { title, gridPos } of dashboard.panels) {
    expect(gridPos.x + gridPos.w).toBeLessThanOrEqual(24);
    for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++) {
      for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
        expect([title, taken.has(`${x} ${y}`)]).toEqual([title, false]);
        taken.add(`${x} ${y}`);
      }
    }
  }
  expect(new Set(dashboard.panels.map(({ id }) => id)).size).toBe(dashboard.panels.length);
});
