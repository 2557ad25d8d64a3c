import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { packDirectory } from '@aktis/cluster';
import type { ActorInfo, JobInfo, NodeStateInfo, TaskInfo, WorkerInfo } from '@aktis/core';
import type { PastSessions } from '@aktis/dashboard';
import { openBrowser, openPage } from './browser.ts';

// The dashboard on the head of a cluster of processes. The tests are one story: the cluster loses a node, then its head.

const limit = 180_000;
const repository = fileURLToPath(new URL('../../', import.meta.url));
const bin = join(repository, 'packages/aktis/bin/aktis.js');
const folder = realpathSync(mkdtempSync(join(tmpdir(), 'aktis-fleet-')));
const sessionDir = join(folder, 'head');
const env = {
  ...Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(?:npm_|JEST_|NODE_OPTIONS$|NODE_ENV$|AKTIS_)/i.test(name)),
  ),
  AKTIS_HOME: join(folder, 'home'),
  // Where dashboards are announced.
  HOME: folder,
  NO_COLOR: '1',
};

function begin(program: string, ...args: string[]): { child: ChildProcess; output: () => string } {
  let output = '';
  const child = spawn(process.execPath, [program, ...args], { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] });
  child.stdout.setEncoding('utf8').on('data', text => (output += text));
  child.stderr.setEncoding('utf8').on('data', text => (output += text));
  return { child, output: () => output };
}

async function aktis(...args: string[]): Promise<string> {
  const { child, output } = begin(bin, ...args);
  const [status] = await once(child, 'close');
  if (status !== 0) throw new Error(`aktis ${args.join(' ')} ended with ${status}: ${output()}`);
  return output();
}

async function until<T>(what: string, ask: () => T | undefined | false | Promise<T | undefined | false>): Promise<T> {
  for (const end = Date.now() + 90_000; ; ) {
    const found = await ask();
    if (found !== undefined && found !== false) return found;
    if (Date.now() > end) throw new Error(`It did not come about that ${what}`);
    await setTimeout(100);
  }
}

const program = `
import { get, init, remote } from 'aktis';
const speak = remote(function speak(text) { console.log(text); return text; });
const spin = remote(function spin(ms) { for (const end = Date.now() + ms; Date.now() < end; ); });
const Keeper = remote(class Keeper { keep(it) { this.it = it; } });
await init({ address: 'auto' });
const there = { schedulingStrategy: { nodeId: process.argv[2] } };
const keeper = Keeper.options(there).remote();
await get(keeper.keep.remote('it'));
await get(speak.options(there).remote('from afar'));
console.log('ready');
await get(spin.options({ ...there, maxRetries: 0 }).remote(600_000)).catch(error => console.log(error.message));
setInterval(() => {}, 1_000);
`;

const LINK = /http:\/\/127\.0\.0\.1:\d+\/\?code=[\w-]+/;
let url: string;
let token: string;
let port: string;
let second: NodeStateInfo;
let driver: ReturnType<typeof begin>;

async function ask<Answer>(path: string, method = 'GET', body?: object): Promise<Answer> {
  const headers = { authorization: `Bearer ${token}`, ...(body && { 'content-type': 'application/json' }) };
  const answer = await fetch(`${url}${path}`, { method, headers, ...(body && { body: JSON.stringify(body) }) });
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
  return (await answer.json()) as Answer;
}

async function list<T>(resource: string, ...filters: string[]): Promise<T[]> {
  const query = filters.map(filter => `filter=${encodeURIComponent(filter)}`).join('&');
  return [...(await ask<{ items: T[] }>(`/api/v0/${resource}?${query}`)).items];
}

beforeAll(async () => {
  mkdirSync(join(folder, 'node_modules'));
  for (const name of ['aktis', '@aktis']) {
    symlinkSync(join(repository, 'node_modules', name), join(folder, 'node_modules', name));
  }
  writeFileSync(join(folder, 'program.mjs'), program);
  const told = await aktis(
    'start',
    '--head',
    ...['--port', '0', '--dashboard-port', '0', '--num-cpus', '1', '--session-dir', sessionDir],
    ...['--history', join(folder, 'history')],
  );
  const link = LINK.exec(told)?.[0] as string;
  url = new URL(link).origin;
  token = readFileSync(join(sessionDir, 'token'), 'utf8').trim();
  port = /is up at 127\.0\.0\.1:(\d+)/.exec(told)?.[1] as string;
  await aktis('start', '--address', `127.0.0.1:${port}`, '--num-cpus', '2', '--node-name', 'second');
  second = await until('the node is listed', async () => (await list<NodeStateInfo>('nodes', 'name:=:second'))[0]);
  driver = begin(join(folder, 'program.mjs'), second.nodeId);
  await until('the program runs', () => {
    if (driver.child.exitCode !== null) throw new Error(driver.output());
    return driver.output().includes('ready');
  });
}, limit);
afterAll(async () => {
  driver?.child.kill('SIGKILL');
  await aktis('stop', '--grace', '5').catch(() => {});
  rmSync(folder, { recursive: true, force: true });
}, limit);

test(
  'commands and programs that join are told where it is',
  async () => {
    const { dashboardUrl } = JSON.parse(await aktis('status', '--format', 'json'));
    expect(dashboardUrl).toBe(url);
    const [link] = LINK.exec(await aktis('dashboard')) ?? [];
    expect(link?.startsWith(url)).toBe(true);
    await until('the program says where', () => driver.output().includes(`View the dashboard at ${url}/?code=`));
    const signedIn = await fetch(link as string, { redirect: 'manual' });
    expect(signedIn.headers.get('set-cookie')).toMatch(/HttpOnly/i);
    expect((await fetch(`${url}/api/status`)).status).toBe(401);
  },
  limit,
);

test('what runs on another node is listed, with what it printed', async () => {
  const { nodeId } = second;
  expect(await list<ActorInfo>('actors')).toMatchObject([{ className: 'Keeper', state: 'ALIVE', nodeId }]);
  const [spoken] = await list<TaskInfo>('tasks', 'name:=:speak');
  expect(spoken).toMatchObject({ state: 'FINISHED', nodeId });
  const { lines } = await ask<{ lines: { text: string }[] }>(`/api/logs?taskId=${spoken?.taskId}`);
  expect(lines.map(({ text }) => text)).toEqual(['from afar']);
  const ofJob = await ask<{ lines: { text: string }[] }>(`/api/logs?jobId=${spoken?.jobId}`);
  expect(ofJob.lines.map(({ text }) => text)).toEqual(['from afar']);
  expect((await ask<{ lines: object[] }>('/api/logs?jobId=another')).lines).toEqual([]);
  const status = await ask<{ tasks: Record<string, number>; nodes: object[] }>('/api/status');
  expect(status).toMatchObject({ tasks: { RUNNING: 1 }, actors: { ALIVE: 1 }, jobs: { RUNNING: 1 } });
});

test(
  'a busy worker of another node shows its stack, its profile and its heap',
  async () => {
    const [spinning] = await until('it spins', async () => {
      const found = await list<TaskInfo>('tasks', 'name:=:spin', 'state:=:RUNNING');
      return found.length > 0 && found;
    });
    const worker = `/api/workers/${spinning?.workerId}`;
    const stack = await ask<{ nodeId: string; text: string }>(`${worker}/stack`, 'POST');
    expect(stack).toMatchObject({ nodeId: second.nodeId, text: expect.stringContaining('at spin ') });
    expect(await ask(`${worker}/profile?ms=50`, 'POST')).toHaveProperty('nodes');
    const [idle] = await list<WorkerInfo>('workers', `nodeId:=:${second.nodeId}`, 'kind:=:ACTOR');
    const heap = await ask<{ snapshot: object }>(`/api/workers/${idle?.workerId}/heap-snapshot`, 'POST');
    expect(heap.snapshot).toHaveProperty('node_count');
  },
  limit,
);

test(
  'programs are submitted, watched, and forgotten',
  async () => {
    const job = {
      entrypoint: 'echo "$GREETING from $0"',
      submission_id: 'my.job',
      runtime_env: { env_vars: { GREETING: 'hi' } },
    };
    expect(await ask('/api/jobs/', 'POST', job)).toEqual({ job_id: 'my.job', submission_id: 'my.job' });
    await expect(ask('/api/jobs/', 'POST', job)).rejects.toThrow('There is a job my.job already');
    const ended = await until('it has ended', async () => {
      const { status, entrypoint } = await ask<{ status: string; entrypoint: string }>('/api/jobs/my.job');
      return status !== 'RUNNING' && status !== 'PENDING' && { status, entrypoint };
    });
    expect(ended).toEqual({ status: 'SUCCEEDED', entrypoint: job.entrypoint });
    expect(await ask('/api/jobs/my.job/logs')).toEqual({ logs: 'hi from /bin/sh\n' });
    expect(await ask('/api/jobs/my.job/stop', 'POST')).toEqual({ stopped: false });
    await ask('/api/jobs/', 'POST', { entrypoint: 'sleep 600', submission_id: 'long' });
    expect(await ask('/api/jobs/long/stop', 'POST')).toEqual({ stopped: true });
    for (const id of ['my.job', 'long']) expect(await ask(`/api/jobs/${id}`, 'DELETE')).toEqual({ deleted: true });
    const [running] = await list<JobInfo>('jobs', 'type:=:DRIVER');
    await expect(ask(`/api/jobs/${running?.jobId}/stop`, 'POST')).rejects.toThrow('end it where it runs');
    const driverJobs = (await ask<{ type: string; driver_info: { pid: string } }[]>('/api/jobs/')).map(
      ({ type, driver_info: { pid } }) => [type, pid],
    );
    expect(driverJobs).toEqual([['DRIVER', String(driver.child.pid)]]);
  },
  limit,
);

test(
  'a working directory is put as a package, the program runs in it, and its output is told as it comes',
  async () => {
    const work = join(folder, 'work');
    mkdirSync(work);
    writeFileSync(join(work, 'greeting.txt'), 'grüß dich\n');
    const { content, hash } = await packDirectory(work);
    const path = `/api/packages/gcs/${hash}.zip`;
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/zip' };
    expect((await fetch(`${url}${path}`, { headers })).status).toBe(404);
    expect((await fetch(`${url}${path}`, { method: 'PUT', headers, body: content })).status).toBe(200);
    expect(await ask(path)).toEqual({ exists: true });
    const job = (name: string) => ({ entrypoint: 'cat greeting.txt', runtime_env: { working_dir: `gcs://${name}` } });
    const { submission_id: id } = await ask<{ submission_id: string }>('/api/jobs/', 'POST', job(`${hash}.zip`));
    const tail = await (await fetch(`${url}/api/jobs/${id}/logs/tail`, { headers })).text();
    const events = tail.split('\n').filter(line => line.startsWith('data: '));
    expect(events.map(line => JSON.parse(line.slice(6)).text as string).join('')).toBe('grüß dich\n');
    expect(JSON.parse((events.at(-1) as string).slice(6))).toMatchObject({ isEnd: true });
    await expect(ask('/api/jobs/', 'POST', job('other.zip'))).rejects.toThrow('put it again');
    await expect(ask('/api/jobs/', 'POST', job('../../token'))).rejects.toThrow(/400/);
    expect(await ask(`/api/jobs/${id}`, 'DELETE')).toEqual({ deleted: true });
  },
  limit,
);

test(
  'the head keeps what all nodes do, as a session that can be opened',
  async () => {
    const { sessions, current } = await ask<PastSessions>('/api/sessions');
    expect(sessions.map(({ sessionId, state }) => [sessionId, state])).toEqual([[current, 'RUNNING']]);
    const kept = (path: string) => ask<{ items: TaskInfo[] }>(`/history/${current}/api/v0/${path}`);
    const [spoken] = await until('the task is kept', async () => {
      const { items } = await kept('tasks?filter=name:=:speak');
      return items.length > 0 && items;
    });
    expect(spoken).toMatchObject({ state: 'FINISHED', nodeId: second.nodeId });
    const [actor] = (await kept('actors')).items;
    expect(actor).toMatchObject({ className: 'Keeper', nodeId: second.nodeId });
  },
  limit,
);

test(
  'while a node is frozen the others are shown, and it is named',
  async () => {
    const nodes = () => ask<{ items: NodeStateInfo[]; missingNodes: string[] }>('/api/v0/nodes');
    process.kill(second.pid, 'SIGSTOP');
    try {
      const { items, missingNodes } = await nodes();
      expect(missingNodes).toEqual([second.nodeId]);
      const silent = items.filter(({ usage }) => usage === undefined).map(({ nodeId }) => nodeId);
      expect([silent, items.length]).toEqual([[second.nodeId], 3]);
    } finally {
      process.kill(second.pid, 'SIGCONT');
    }
    await until('it answers again', async () => (await nodes()).missingNodes.length === 0);
  },
  limit,
);

test(
  'a node that is killed while its page is open is shown as dead, with the reason',
  async () => {
    const browser = await openBrowser();
    try {
      const { page, problems } = await openPage(browser);
      await page.goto(LINK.exec(await aktis('dashboard'))?.[0] as string);
      await page.getByText('CPUs in use').waitFor();
      await page.goto(`${url}/#/nodes/${second.nodeId}`);
      await page.getByRole('heading', { name: 'second' }).waitFor();
      await page.getByText('ACTOR').first().waitFor();
      process.kill(second.pid, 'SIGKILL');
      await page.getByText('This node has died.').waitFor({ timeout: 60_000 });
      await page
        .getByText(/crashed: its link/)
        .first()
        .waitFor();
      await page.goto(`${url}/#/nodes`);
      await page.getByRole('row').filter({ hasText: 'second' }).getByText('dead').waitFor();
      expect(problems).toEqual([]);
    } finally {
      await browser.close();
    }
    const [dead] = await list<NodeStateInfo>('nodes', 'name:=:second');
    expect(dead).toMatchObject({ state: 'DEAD', deathReason: expect.stringMatching(/^crashed/) });
    const [gone] = await list<TaskInfo>('tasks', 'name:=:spin', 'state:=:FAILED');
    expect(gone?.error?.type).toBe('NodeDiedError');
  },
  limit,
);

test(
  'a head that was killed serves it again, on the same session directory',
  async () => {
    const { nodes } = JSON.parse(await aktis('status', '--format', 'json')) as { nodes: NodeStateInfo[] };
    process.kill(nodes.find(({ isHead, state }) => isHead && state === 'ALIVE')?.pid as number, 'SIGKILL');
    const told = await aktis(
      'start',
      '--head',
      ...['--port', port, '--dashboard-port', new URL(url).port, '--num-cpus', '1', '--session-dir', sessionDir],
    );
    expect(LINK.exec(told)?.[0].startsWith(url)).toBe(true);
    expect(await list<NodeStateInfo>('nodes', 'name:=:second')).toMatchObject([{ state: 'DEAD' }]);
    expect(JSON.parse(await aktis('status', '--format', 'json'))).toMatchObject({ dashboardUrl: url });
  },
  limit,
);

test(
  'a head without a dashboard takes back where it was',
  async () => {
    await aktis('stop', '--grace', '5');
    const told = await aktis('start', '--head', '--port', port, '--no-dashboard', '--session-dir', sessionDir);
    expect(told).not.toContain('dashboard at');
    expect(JSON.parse(await aktis('status', '--format', 'json'))).not.toHaveProperty('dashboardUrl');
  },
  limit,
);
