import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { ControlStore } from '../control-store.ts';
import { MemoryControlStore } from '../memory/memory-control-store.ts';
import { writePrivateFile } from '../private-files.ts';
import { isRunning, startTimeOf } from '../session/process-identity.ts';
import { JobTable } from './job-table.ts';
import { LeftoverProcesses } from './leftover-processes.ts';
import { SubmissionService } from './submission-service.ts';

const folder = realpathSync(mkdtempSync(join(tmpdir(), 'submission-service-')));
const store = new MemoryControlStore();
const jobs = new JobTable(store);
const options = { store, directory: folder, env: {}, nodeId: () => 'head' };
let service: SubmissionService;

beforeAll(async () => {
  service = await SubmissionService.start(options);
});
afterAll(async () => {
  await service.close('the test is over');
  await store.close();
  rmSync(folder, { recursive: true });
});

test('a command whose output cannot be kept is a failed job', async () => {
  mkdirSync(join(folder, 'jobs', 'no-log.log'));
  await expect(service.submit({ command: ['true'], jobId: 'no-log' })).rejects.toThrow('EISDIR');
  expect(await jobs.get('no-log')).toMatchObject({ state: 'FAILED', message: expect.stringContaining('EISDIR') });
});

test('a command whose process cannot be noted does not go on as a failed job', async () => {
  const file = join(folder, 'begun');
  mkdirSync(join(folder, 'jobs', 'no-note.process'));
  const command = ['/bin/sh', '-c', `echo $$ > ${file}; exec sleep 1000`];
  await expect(service.submit({ command, jobId: 'no-note' })).rejects.toThrow();
  expect(await jobs.get('no-note')).toMatchObject({ state: 'FAILED' });
  if (existsSync(file)) expect(isRunning({ pid: Number(readFileSync(file, 'utf8')), startTime: '' })).toBe(false);
  rmdirSync(join(folder, 'jobs', 'no-note.process'));
});

test('how a job has ended is written down when the control store is back, however long it was away', async () => {
  const away = new MemoryControlStore();
  const directory = join(folder, 'away');
  mkdirSync(directory, { mode: 0o700 });
  const jobs = away.table('jobs');
  let failures = 0;
  const failing: typeof jobs = Object.create(jobs, {
    put: { value: (...args: Parameters<typeof jobs.put>) => fail() ?? jobs.put(...args) },
    get: { value: (...args: Parameters<typeof jobs.get>) => fail() ?? jobs.get(...args) },
    create: { value: jobs.create.bind(jobs) },
    list: { value: jobs.list.bind(jobs) },
    update: { value: jobs.update.bind(jobs) },
  });
  const fail = () => (failures-- > 0 ? Promise.reject(new Error('the control store does not answer')) : undefined);
  const store: ControlStore = Object.create(away, {
    table: { value: () => failing },
    serve: { value: () => () => {} },
  });
  const service = await SubmissionService.start({ ...options, store, directory });
  failures = 2;
  const { jobId } = await service.submit({ command: ['/bin/sh', '-c', 'exit 3'] });
  for (let isEnd = false; !isEnd; ) ({ isEnd } = await service.output({ jobId, offset: 0, wait: true }));
  expect(JSON.parse((await jobs.get(jobId))?.value ?? '{}')).toMatchObject({ state: 'FAILED', exitCode: 3 });
  await service.close('the test is over');
  await away.close();
});

test('what a head that was killed left running is ended by the next one, and counts as failed', async () => {
  // It does not hear SIGTERM, and the one it has started has the same group.
  const child = spawn('/bin/sh', ['-c', 'trap "" TERM; sleep 1000 & echo $!; wait; wait'], {
    detached: true,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  const grandchild = Number(line.toString());
  const pid = child.pid as number;
  const record = { driverNodeId: 'head', namespace: '', entrypoint: 'sh', startedAt: '2026-01-01T00:00:00.000Z' };
  await jobs.put({ ...record, jobId: 'left', kind: 'submission', state: 'RUNNING' });
  const directory = join(folder, 'jobs');
  new LeftoverProcesses(directory).add('left', pid);
  const startTime = startTimeOf(grandchild) ?? '';
  const next = await SubmissionService.start(options);
  expect(isRunning({ pid, startTime: '' })).toBe(false);
  while (isRunning({ pid: grandchild, startTime })) await setTimeout(10);
  expect(await jobs.get('left')).toMatchObject({
    state: 'FAILED',
    message: 'the head that ran it died, and it was ended when the head came back',
  });
  await next.close('the test is over');
}, 60_000);

test('a process that has the number of one that was left is not touched', async () => {
  const child = spawn('sleep', ['1000'], { detached: true, stdio: 'ignore' });
  const pid = child.pid as number;
  const processes = new LeftoverProcesses(join(folder, 'jobs'));
  processes.add('another', pid);
  const real = startTimeOf(pid);
  // As if that process had begun at another time.
  writePrivateFile(join(folder, 'jobs', 'another.process'), JSON.stringify({ pid, startTime: `${real}0` }));
  expect(await processes.end()).toEqual(new Set());
  expect(isRunning({ pid, startTime: real ?? '' })).toBe(true);
  child.kill('SIGKILL');
});
