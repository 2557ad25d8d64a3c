import type { JobInfo, NodeNews } from '@aktis/core';
import type { HistoryBatch } from './history-batch.ts';
import type { HistoryClient } from './history-client.ts';
import { HistoryKeeper } from './history-keeper.ts';

const facts = {
  sessionId: 's1',
  startedAt: '2026-01-01T00:00:00.000Z',
  pid: 1,
  host: 'box',
  entrypoint: '',
  address: '',
};

let news: NodeNews[];
let next: () => NodeNews[];
let jobs: Partial<JobInfo>[];
let asked: { question: string; value: unknown }[];
let written: HistoryBatch[];
let warnings: string[];
let failure: Error | undefined;
let ended: number;
let keeper: HistoryKeeper;

const answer = (items: unknown[]) => ({ items, total: items.length, dropped: 0, truncated: false, missingNodes: [] });
const ask = async (question: string, value: unknown) => {
  asked.push({ question, value });
  if (question === 'taskNews') return next();
  if (question === 'series') return [{ nodeId: 'n1', at: [1000, 2000], values: {} }];
  return answer((value as { resource: string }).resource === 'jobs' ? jobs : []);
};

beforeEach(async () => {
  [news, jobs, asked, written, warnings, failure, ended] = [[], [], [], [], [], undefined, 0];
  next = () => news;
  const client = {
    begin: async () => 'path',
    write: async (batch: HistoryBatch) => {
      if (failure) throw failure;
      written.push(batch);
    },
    end: async () => void ended++,
  } as unknown as HistoryClient;
  keeper = new HistoryKeeper(ask, client, text => warnings.push(text));
  await keeper.begin(facts);
});
afterEach(() => keeper.end());

const told = (next: number, more: Partial<NodeNews> = {}): NodeNews[] => [
  { nodeId: 'n1', ended: [{ taskId: `t${next}` } as never], next, missed: 0, hasMore: false, running: [], ...more },
];
const look = () => keeper.look();

test('goes on where it was, and tells what was forgotten before it came', async () => {
  news = told(5, { missed: 3 });
  await look();
  news = told(9);
  await look();
  expect(written.map(({ ended, missed }) => [ended, missed])).toEqual([
    [[{ taskId: 't5' }], 3],
    [[{ taskId: 't9' }], 0],
  ]);
  const after = asked
    .filter(({ question }) => question === 'taskNews')
    .map(({ value }) => (value as { after: object }).after);
  expect(after[1]).toEqual({ n1: 5 });
});

test('what is the same as before is not written again', async () => {
  news = told(1);
  jobs = [{ jobId: 'j1', state: 'RUNNING' }];
  await look();
  news = told(2);
  await look();
  jobs = [{ jobId: 'j1', state: 'FAILED' }];
  await look();
  expect(written.map(({ records }) => records.jobs?.[0]?.state)).toEqual(['RUNNING', undefined, 'FAILED']);
});

test('while nothing happens little is written', async () => {
  news = told(1, { ended: [] });
  for (let i = 0; i < 10; i++) await look();
  expect(written.length).toBeLessThan(5);
});

test('a disk that is full ends the history with one warning', async () => {
  news = told(1);
  failure = new Error('database or disk is full');
  await look();
  await look();
  await keeper.end();
  expect(warnings).toEqual([
    'The history of this session ends here: database or disk is full. Is the disk full? The session itself goes on',
  ]);
  expect(asked.filter(({ question }) => question === 'taskNews')).toHaveLength(1);
  expect(ended).toBe(0);
});

test('the end writes what is left, in several batches if need be', async () => {
  const left = [told(1, { hasMore: true }), told(2, { hasMore: true }), told(3)];
  next = () => left.shift() ?? [];
  await keeper.end();
  expect(written.flatMap(({ ended }) => ended)).toEqual([{ taskId: 't1' }, { taskId: 't2' }, { taskId: 't3' }]);
  expect(ended).toBe(1);
});
