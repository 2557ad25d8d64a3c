import { LogPrinter, type PrintedBy } from './log-printer.ts';

const STREAMS = ['stdout', 'stderr'] as const;
const real = { stdout: process.stdout.write, stderr: process.stderr.write };

let printed: { stdout: string; stderr: string };
beforeEach(() => {
  printed = { stdout: '', stderr: '' };
  for (const stream of STREAMS) {
    process[stream].write = (text: string | Uint8Array) => {
      printed[stream] += String(text);
      return true;
    };
  }
});
afterEach(() => {
  for (const stream of STREAMS) process[stream].write = real[stream];
});

const ids = { jobId: 'j1', nodeId: 'n1', workerId: 'w1', taskId: 't1' };
const by: PrintedBy = { name: 'add', worker: 3, ids };
const lines = () =>
  printed.stdout
    .trim()
    .split('\n')
    .map(line => JSON.parse(line) as object);

test('for people a line says who printed it, and equal lines are counted', () => {
  const printer = new LogPrinter({ logFormat: 'text' });
  printer.print(by, 'stdout', 'one\none\ntw');
  printer.print(by, 'stdout', 'o\n');
  printer.print({ ...by, worker: 4 }, 'stderr', 'no\n');
  printer.close();
  const who = `(add pid=${process.pid} worker=3)`;
  expect(printed.stdout).toBe(`${who} one\n${who} two\n${who} one\n`);
  expect(printed.stderr).toBe(`(add pid=${process.pid} worker=4) no\n`);
});

test('for programs each line is JSON with level, time and the ids', () => {
  const printer = new LogPrinter({ logFormat: 'json' });
  printer.print(by, 'stdout', 'one\none\ntw');
  printer.print(by, 'stdout', 'o\nthe rest');
  printer.print(by, 'stderr', 'no\n');
  printer.close();
  const line = (msg: string) => ({ level: 30, time: expect.any(Number), ...ids, name: 'add', msg });
  expect(lines()).toEqual(['one', 'one', 'two', 'the rest'].map(line));
  expect(JSON.parse(printed.stderr)).toEqual({ ...line('no'), level: 50 });
});

test('what is JSON already keeps what it says, and gets the ids it lacks', () => {
  const printer = new LogPrinter({ logFormat: 'json' });
  printer.print(by, 'stdout', '{"level":20,"taskId":"own","msg":"mine"}\n{ not: JSON }\n[1]\n');
  expect(lines()).toEqual([
    { ...ids, level: 20, taskId: 'own', msg: 'mine' },
    expect.objectContaining({ msg: '{ not: JSON }', taskId: 't1' }),
    expect.objectContaining({ msg: '[1]' }),
  ]);
});

test('warnings are lines of JSON, too, and said once', () => {
  const printer = new LogPrinter({ logFormat: 'json' });
  printer.warn('careful');
  printer.warn('careful');
  expect(JSON.parse(printed.stderr)).toEqual({ level: 40, time: expect.any(Number), name: 'aktis', msg: 'careful' });
});

test('without logToDriver nothing of it is printed', () => {
  for (const logFormat of ['text', 'json'] as const) {
    new LogPrinter({ logToDriver: false, logFormat }).print(by, 'stdout', 'one\n');
  }
  expect(printed.stdout).toBe('');
});

test('AKTIS_LOG_FORMAT says how, unless init does', () => {
  process.env.AKTIS_LOG_FORMAT = 'json';
  try {
    new LogPrinter({}).print(by, 'stdout', 'one\n');
    expect(lines()).toHaveLength(1);
  } finally {
    delete process.env.AKTIS_LOG_FORMAT;
  }
});
