import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { listDashboards } from '@aktis/dashboard';
import { get, init, metrics, put, remote, type Session, shutdown } from 'aktis';

const AKTIS = fileURLToPath(new URL('../../packages/aktis/bin/aktis.js', import.meta.url));
const TOKEN = { authorization: 'Bearer secret' };

const add = remote(function add(a: number, b: number) {
  console.log(`adding ${a} and ${b}`);
  return a + b;
});
const refuse = remote(function refuse(): number {
  throw new RangeError('there is no such number');
});
const forever = remote(
  async function forever(): Promise<void> {
    await new Promise(() => {});
  },
  { numCpus: 2 },
);
@remote()
class Counter {
  #count = 0;
  increment() {
    return ++this.#count;
  }
}
const hits = new metrics.Counter('dashboard_hits', { description: 'Of the test' });

let session: Session;
const begin = async (options = {}) => {
  session = await init({ numCpus: 2, token: 'secret', dashboardPort: 0, ...options });
};
afterEach(() => shutdown());

const url = (path: string) => `${session.dashboardUrl}${path}`;
// biome-ignore lint/suspicious/noExplicitAny: what comes is what the test looks at
async function ask(path: string, options: RequestInit = {}): Promise<any> {
  const answer = await fetch(url(path), { headers: TOKEN, ...options });
  return answer.json();
}

describe('the records of a session', () => {
  test('are listed, filtered, sorted and told one by one', async () => {
    await begin();
    await get([add.remote(1, 2), add.remote(3, 4)]);
    await get(refuse.remote()).catch(() => {});
    const counter = Counter.remote();
    await get(counter.increment.remote());
    const ref = put(new Uint8Array(1_000_000));

    const failed = await ask('/api/v0/tasks?filter=state:=:FAILED&detail=1');
    expect(failed).toMatchObject({
      total: 1,
      truncated: false,
      items: [{ name: 'refuse', error: { type: 'RangeError' } }],
    });
    expect(await ask(`/api/v0/tasks/${failed.items[0].taskId}`)).toMatchObject({ name: 'refuse', state: 'FAILED' });
    const added = await ask('/api/v0/tasks?filter=name:contains:ADD&sort=submittedAt&limit=1');
    expect(added).toMatchObject({ total: 2, truncated: true, items: [{ name: 'add', state: 'FINISHED' }] });
    // Nothing after the operator: those of the driver itself.
    expect((await ask('/api/v0/tasks?filter=parentTaskId:=:')).total).toBe(5);
    expect((await ask('/api/v0/tasks?filter=parentTaskId:!=:')).total).toBe(0);
    expect(await ask('/api/v0/actors')).toMatchObject({ items: [{ className: 'Counter', state: 'ALIVE' }] });
    expect(await ask('/api/v0/objects')).toMatchObject({ items: [{ kind: 'PUT', sizeBytes: expect.any(Number) }] });
    expect(await ask('/api/v0/nodes')).toMatchObject({ items: [{ nodeId: session.nodeId, usage: { actors: 1 } }] });
    expect((await ask('/api/v0/summary/tasks')).states).toEqual({ FINISHED: 4, FAILED: 1 });
    expect(await ask('/api/v0/tasks?filter=stat:=:FAILED')).toMatchObject({
      error: { code: 'BAD_FILTER', message: expect.stringContaining('did you mean state') },
    });
    expect(ref).toBeDefined();
  });

  test('tell what waits, and why', async () => {
    await begin();
    forever.remote();
    add.remote(1, 1);
    let status = await ask('/api/status');
    while (status.pending.length === 0) status = await ask('/api/status');
    expect(status).toMatchObject({
      sessionId: session.nodeId,
      resources: { total: { CPU: 2 } },
      pending: [{ shape: { CPU: 1 }, count: 1 }],
    });
    expect(status.pending[0].reason).not.toMatch(/^add/);
  });

  test('tell what was printed, by whom', async () => {
    await begin({ logToDriver: false });
    await get(add.remote(20, 22));
    let { lines } = await ask('/api/logs');
    while (lines.length === 0) ({ lines } = await ask('/api/logs'));
    expect(lines).toEqual([expect.objectContaining({ text: 'adding 20 and 22', name: 'add' })]);
    const [{ taskId, workerId }] = lines;
    for (const which of [`taskId=${taskId}`, `workerId=${workerId}`, `nodeId=${session.nodeId}`]) {
      expect((await ask(`/api/logs?${which}`)).lines).toEqual(lines);
    }
    expect((await ask('/api/logs?nodeId=another')).lines).toEqual([]);
  });

  test('metrics of Aktis and of the user are there for Prometheus', async () => {
    await begin();
    hits.inc(3);
    await get(add.remote(1, 2));
    const text = await (await fetch(url('/metrics'), { headers: TOKEN })).text();
    expect(text).toContain('\ndashboard_hits 3\n');
    expect(text).toContain(`\naktis_resources_total{node="${session.nodeId}",resource="CPU"} 2\n`);
  });

  test('workers tell their stack, their profile and their heap', async () => {
    await begin();
    await get(add.remote(1, 2));
    const { items } = await ask('/api/v0/workers?filter=state:=:ALIVE');
    const tool = (name: string) => ask(`/api/workers/${items[0].workerId}/${name}`, { method: 'POST' });
    expect(await tool('stack')).toMatchObject({ workerId: items[0].workerId, frames: expect.any(Array) });
    expect((await tool('profile?ms=50')).nodes[0].callFrame.functionName).toBe('(root)');
    expect((await tool('heap-snapshot')).snapshot.meta).toBeDefined();
    expect(await ask('/api/workers/none/stack', { method: 'POST' })).toMatchObject({ error: { code: 'WORKER_GONE' } });
  });
});

describe('live', () => {
  test('the status comes once a second, new errors with it', async () => {
    await begin();
    const events = follow('/api/events');
    expect((await events.next()).value).toMatchObject({ type: 'status', status: { sessionId: session.nodeId } });
    expect((await events.next()).value).toEqual({ type: 'errors', errors: [] });
    await get(refuse.remote()).catch(() => {});
    for await (const event of events) {
      if (event.type !== 'errors') continue;
      expect(event.errors).toMatchObject([{ name: 'refuse', error: { message: 'there is no such number' }, count: 1 }]);
      break;
    }
  });

  test('lines come as they are printed', async () => {
    await begin({ logToDriver: false });
    await get(add.remote(1, 1));
    let { lines } = await ask('/api/logs');
    while (lines.length === 0) ({ lines } = await ask('/api/logs'));
    const printed = follow('/api/logs/stream');
    await printed.opened;
    await get(add.remote(2, 2));
    expect((await printed.next()).value).toMatchObject({ text: 'adding 2 and 2' });
    await printed.return(undefined);
  });

  /** The events of a stream, until it is left. */
  // biome-ignore lint/suspicious/noExplicitAny: what comes is what the test looks at
  function follow(path: string): AsyncGenerator<any> & { opened: Promise<Response> } {
    const abort = new AbortController();
    const opened = fetch(url(path), { headers: TOKEN, signal: abort.signal });
    return Object.assign(events(), { opened });

    // biome-ignore lint/suspicious/noExplicitAny: what comes is what the test looks at
    async function* events(): AsyncGenerator<any> {
      try {
        let rest = '';
        const decoder = new TextDecoder();
        for await (const chunk of (await opened).body as unknown as AsyncIterable<Uint8Array>) {
          const parts = (rest + decoder.decode(chunk, { stream: true })).split('\n\n');
          rest = parts.pop() as string;
          for (const part of parts) if (part.startsWith('data: ')) yield JSON.parse(part.slice('data: '.length));
        }
      } finally {
        abort.abort();
      }
    }
  }
});

describe('the door', () => {
  test('is shut to those without the token, and to foreign pages with it', async () => {
    await begin();
    const status = async (headers: Record<string, string>) => (await fetch(url('/api/status'), { headers })).status;
    expect(await status({})).toBe(401);
    expect(await status({ authorization: 'Bearer wrong' })).toBe(401);
    expect(await status({ ...TOKEN, origin: 'http://evil.example' })).toBe(403);
    expect(await status(TOKEN)).toBe(200);
    expect(
      await rawStatus('GET /api/status HTTP/1.1\r\nHost: evil.example\r\nAuthorization: Bearer secret\r\n\r\n'),
    ).toBe(403);
    expect(await rawStatus('GET /../../../etc/passwd HTTP/1.1\r\nHost: localhost\r\n\r\n')).toBe(404);
    expect(await rawStatus('nonsense\r\n\r\n')).toBe(400);
  });

  test('opens with a link for one browser', async () => {
    await begin();
    const { url: link } = await ask('/api/session/link', { method: 'POST' });
    const answer = await fetch(link, { redirect: 'manual' });
    const cookie = String(answer.headers.get('set-cookie')).split(';')[0] as string;
    expect((await fetch(url('/api/status'), { headers: { cookie } })).status).toBe(200);
    expect((await fetch(link, { redirect: 'manual' })).status).toBe(401);
  });

  async function rawStatus(request: string): Promise<number> {
    const { hostname, port } = new URL(session.dashboardUrl as string);
    const socket = connect(Number(port), hostname);
    socket.write(request);
    const [answer] = (await once(socket, 'data')) as [Buffer];
    socket.destroy();
    return Number(/^HTTP\/1\.1 (\d+)/.exec(answer.toString())?.[1]);
  }
});

describe('a session', () => {
  test('takes the next port when its own is taken', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as { port: number };
    await begin({ dashboardPort: port });
    expect(Number(new URL(session.dashboardUrl as string).port)).not.toBe(port);
    expect((await ask('/healthz')).status).toBe('ok');
    other.close();
  });

  test('that cannot listen goes on without', async () => {
    await using program = start('idle.mjs', { DASHBOARD_HOST: '203.0.113.7' });
    expect(await program.line()).toBe('undefined');
    program.child.stdin?.write('end\n');
    expect(await program.ended).toBe(0);
    expect(program.stderr()).toMatch(/^aktis: There is no dashboard: .*203\.0\.113\.7/);
  });

  test.each([
    ['includeDashboard: false', { includeDashboard: false }, undefined],
    ['AKTIS_DASHBOARD=0', {}, '0'],
  ])('has none with %s', async (_, options, variable) => {
    if (variable !== undefined) process.env.AKTIS_DASHBOARD = variable;
    await begin(options);
    delete process.env.AKTIS_DASHBOARD;
    expect(session.dashboardUrl).toBeUndefined();
    expect(await listedUrls()).not.toContain(undefined);
  });

  test('is found by other programs of this user while it runs', async () => {
    await begin();
    await ask('/healthz');
    while (!(await listedUrls()).includes(session.dashboardUrl as string)) await new Promise(setImmediate);
    const found = (await listDashboards()).find(({ url }) => url === session.dashboardUrl);
    expect(found).toMatchObject({ token: 'secret', pid: process.pid });
    // As in a terminal.
    const { stdout } = await promisify(execFile)(process.execPath, [AKTIS, 'dashboard']);
    const link = stdout.split('\n').find(line => line.startsWith(`${session.dashboardUrl}/?code=`)) as string;
    expect((await fetch(link, { redirect: 'manual' })).status).toBe(303);
    await shutdown();
    expect(await listedUrls()).not.toContain(session.dashboardUrl);
  });

  test('closes everything when it ends, also what a browser listens to', async () => {
    await begin();
    const answer = await fetch(url('/api/events'), { headers: TOKEN });
    const reading = answer.text();
    await shutdown();
    await expect(reading).rejects.toThrow();
    await expect(fetch(url('/healthz'))).rejects.toThrow();
  });

  test('does not go on because a page is open', async () => {
    await using program = start('idle.mjs');
    const dashboard = await program.line();
    const answer = await fetch(`${dashboard}/api/events`, { headers: TOKEN });
    const reading = answer.text().catch(() => {});
    program.child.stdin?.write('look\n');
    expect(await program.ended).toBe(0);
    await reading;
  });

  test('says on stderr where to look, with a link that lets in', async () => {
    await using program = start('idle.mjs', { JEST_WORKER_ID: undefined, NODE_ENV: undefined });
    const dashboard = await program.line();
    program.child.stdin?.write('end\n');
    await program.ended;
    expect(program.stderr()).toMatch(
      new RegExp(`^aktis: View the dashboard at ${dashboard.replaceAll('.', '\\.')}/\\?code=[\\w-]+\\n$`),
    );
  });

  const listedUrls = async () => (await listDashboards()).map(({ url }) => url);

  function start(name: string, env: NodeJS.ProcessEnv = {}) {
    const path = fileURLToPath(new URL(`programs/${name}`, import.meta.url));
    const child: ChildProcess = spawn(process.execPath, [path], { env: { ...process.env, ...env }, stdio: 'pipe' });
    const ended = once(child, 'exit').then(([code]) => code as number);
    let stderr = '';
    child.stderr?.on('data', chunk => (stderr += chunk));
    const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream })[Symbol.asyncIterator]();
    return {
      child,
      ended,
      stderr: () => stderr,
      line: async () => (await lines.next()).value as string,
      async [Symbol.asyncDispose]() {
        child.kill('SIGKILL');
        await ended;
      },
    };
  }
});
