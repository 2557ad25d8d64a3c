import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type IncomingHttpHeaders, type IncomingMessage, request, type Server } from 'node:http';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { InvalidOptionError, WorkerDiedError } from '@aktis/core';
import { Door } from '@aktis/core/hub';
import cookie from '@fastify/cookie';
import fastify, { type FastifyInstance } from 'fastify';
import { Access } from './access.ts';
import type { JobControl } from './job-control.ts';
import { servePages } from './pages.ts';
import { DashboardServer } from './server.ts';
import { SessionRoom } from './session-room.ts';

const ID = '0123456789abcdef';
const OURS = { host: 'localhost:8265', authorization: 'Bearer secret' };

const task = {
  taskId: 'a1',
  name: 'add',
  state: 'FAILED',
  endedAt: '2026-01-01T00:00:00.000Z',
  error: { type: 'E', message: 'no' },
};
const tasks = { pendingArgs: 1, pendingAssignment: 3, submitted: 0, running: 2, finished: 5, failed: 1 };
const store = { usedBytes: 100, limitBytes: 1000, spilledBytes: 0, objects: 4 };
const node = {
  nodeId: 'n1',
  name: 'box',
  state: 'ALIVE',
  resources: { total: { CPU: 2 }, available: { CPU: 0 } },
  startedAt: '2026-01-01T00:00:00.000Z',
  usage: { cpuPercent: 50, memoryBytes: 7, eventLoopDelay: 2, objectStore: store, workers: 2, actors: 1, tasks },
};

/** What a node would say; `said` overrides, and `asked` keeps what was asked. */
class FakeNode {
  readonly asked: { question: string; value: unknown }[] = [];
  readonly said = new Map<string, unknown>();

  readonly ask = async (question: string, value?: unknown): Promise<unknown> => {
    this.asked.push({ question, value });
    const { resource } = (value ?? {}) as { resource?: string };
    const answer =
      this.said.get(resource === undefined ? question : `${question} ${resource}`) ?? this.#usual(question, resource);
    return typeof answer === 'function' ? answer(value) : answer;
  };

  #usual(question: string, resource: string | undefined): unknown {
    switch (question) {
      case 'state':
        return { items: resource === 'nodes' ? [node] : [], total: 0, dropped: 0, truncated: false, missingNodes: [] };
      case 'stateSummary':
        return { total: 1, dropped: 0, states: { ALIVE: 1 }, groups: [] };
      case 'nodes':
        return [node];
      case 'clusterResources':
        return { CPU: 2 };
      case 'availableResources':
        return { CPU: 0 };
      case 'memoryStats':
        return store;
      case 'metrics':
        return [{ name: 'hits', kind: 'counter', description: 'Hits', tagKeys: [], samples: [{ tags: {}, value: 3 }] }];
      case 'timeline':
        return [];
      default:
        return undefined;
    }
  }
}

const page = (items: readonly unknown[], total = items.length) => ({
  items,
  total,
  dropped: 0,
  truncated: false,
  missingNodes: [],
});

let fake: FakeNode;
let access: Access;
let server: DashboardServer;
let jobs: JobControl | undefined;

async function open(): Promise<void> {
  fake = new FakeNode();
  access = new Access(ID, 'secret');
  const source = { ask: fake.ask, sessionId: ID, address: 'local', startedAt: new Date(0) };
  server = await DashboardServer.create(jobs === undefined ? source : { ...source, jobs }, access, {
    host: '127.0.0.1',
    url: 'http://127.0.0.1:8265',
  });
  await once(server.http.listen(0, '127.0.0.1'), 'listening');
}
async function close(): Promise<void> {
  server.http.close();
  await server.close();
}
beforeEach(open);
afterEach(close);

interface Answer {
  readonly status: number;
  readonly json: () => { readonly error: { readonly code: string; readonly message: string } } & Record<string, never>;
  readonly body: string;
  readonly headers: IncomingHttpHeaders;
}

/** Sends what no browser would let one send. */
async function send(
  http: Server,
  method: string,
  path: string,
  headers: Record<string, string>,
  payload = '',
): Promise<Answer> {
  const { port } = http.address() as AddressInfo;
  const asked = request({ host: '127.0.0.1', port, method, path, headers, agent: false });
  // A server that refuses a body need not read it.
  asked.on('error', () => {});
  asked.end(payload);
  const [answer] = (await once(asked, 'response')) as [IncomingMessage];
  const body = await text(answer);
  asked.destroy();
  return { status: answer.statusCode as number, json: () => JSON.parse(body), body, headers: answer.headers };
}

const ask = (method: string, url: string, headers: Record<string, string> = OURS, payload?: string) =>
  send(server.http, method, url, headers, payload);
const get = (url: string, headers?: Record<string, string>) => ask('GET', url, headers);

describe('who may ask', () => {
  const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'];

  test.each(METHODS)('%s by a foreign name or from a foreign page is refused, token or not', async method => {
    for (const url of ['/', '/api/status', '/api/jobs/', '/metrics', '/healthz', '/nothing']) {
      expect((await ask(method, url, { ...OURS, host: 'evil.example' })).status).toBe(403);
      expect((await ask(method, url, { ...OURS, origin: 'http://evil.example' })).status).toBe(403);
      expect((await ask(method, url, { ...OURS, origin: 'http://localhost:3000' })).status).toBe(403);
      expect((await ask(method, url, { ...OURS, origin: 'null' })).status).toBe(403);
    }
  });

  test.each(METHODS)('%s of anything that tells something needs the token', async method => {
    const urls = ['/api/status', '/api/v0/tasks', '/api/jobs/', '/api/events', '/api/questions/state', '/api/nothing'];
    for (const url of [...urls, '/metrics']) {
      const { status, headers } = await ask(method, url, { host: OURS.host });
      expect(status).toBe(401);
      expect(headers['www-authenticate']).toMatch(/^Bearer/);
      expect((await ask(method, url, { ...OURS, authorization: 'Bearer wrong' })).status).toBe(401);
    }
  });

  test('a browser with a one-time code gets a cookie, and the code is gone from the address', async () => {
    const { status, headers } = await get(`/?code=${access.newCode()}`, { host: OURS.host });
    expect([status, headers.location]).toEqual([303, '/']);
    const cookie = String(headers['set-cookie']);
    expect(cookie).toMatch(/^aktis_0123456789ab=[\w-]{32}; Path=\/; HttpOnly; SameSite=Strict$/);
    const signedIn = { host: OURS.host, cookie: cookie.split(';')[0] as string };
    expect((await get('/api/status', signedIn)).status).toBe(200);
    expect((await get('/api/status', { ...signedIn, 'sec-fetch-site': 'same-site' })).status).toBe(403);
    expect((await get('/api/status', { ...signedIn, 'sec-fetch-site': 'same-origin' })).status).toBe(200);
    // A form of another page carries no Origin of ours; a page of ours does.
    expect((await ask('POST', '/api/session/link', signedIn)).json().error.code).toBe('FOREIGN_ORIGIN');
    expect((await ask('POST', '/api/session/link', { ...signedIn, origin: 'http://localhost:8265' })).status).toBe(200);
  });

  test('a used or wrong code lets nobody in, and does not put out who is in', async () => {
    const code = access.newCode();
    const { headers } = await get(`/?code=${code}`, { host: OURS.host });
    const used = await get(`/?code=${code}`, { host: OURS.host });
    expect([used.status, used.headers['set-cookie']]).toEqual([401, undefined]);
    expect(used.body).toMatch(/npx aktis dashboard/);
    expect((await get('/?code=wrong', { host: OURS.host })).status).toBe(401);
    const cookie = String(headers['set-cookie']).split(';')[0] as string;
    expect((await get(`/?code=${code}`, { host: OURS.host, cookie })).status).toBe(303);
  });

  test('whoever has the token can make links', async () => {
    const { url } = (await ask('POST', '/api/session/link')).json() as unknown as { url: string };
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:8265\/\?code=/);
    expect((await get(url.replace('http://127.0.0.1:8265', ''), { host: OURS.host })).status).toBe(303);
  });

  test('every answer forbids what pages do not need', async () => {
    for (const url of ['/', '/api/status', '/healthz', '/nothing']) {
      const { headers } = await get(url);
      expect(headers['content-security-policy']).toMatch(/^default-src 'self'; .*frame-ancestors 'none'/);
      expect(headers['x-content-type-options']).toBe('nosniff');
    }
  });

  test('health is told to everybody on this machine', async () => {
    expect((await get('/healthz', { host: OURS.host })).body).toBe('{"status":"ok"}');
  });
});

describe('bad input', () => {
  test.each([
    ['/api/v0/tasks?limit=0', 'BAD_REQUEST'],
    ['/api/v0/tasks?limit=ten', 'BAD_REQUEST'],
    ['/api/v0/tasks?limit=10001', 'BAD_REQUEST'],
    ['/api/v0/tasks?offset=-1', 'BAD_REQUEST'],
    ['/api/v0/tasks?filter=state', 'BAD_FILTER'],
    ['/api/v0/tasks?filter=state:~:FAILED', 'BAD_FILTER'],
    ['/api/history?since=yesterday', 'BAD_REQUEST'],
    ['/api/metrics/history', 'BAD_REQUEST'],
    ['/api/logs?workerId=..%2F..%2Fetc%2Fpasswd', 'BAD_REQUEST'],
    ['/api/logs?tail=10001', 'BAD_REQUEST'],
    ['/%zz', 'BAD_REQUEST'],
  ])('%s is told', async (url, code) => {
    const { status, json } = await get(url);
    expect([status, json().error.code]).toEqual([400, code]);
  });

  test('what the state API refuses is told in its words', async () => {
    fake.said.set('state tasks', () => {
      throw new InvalidOptionError('There is no field stat of tasks');
    });
    const { status, json } = await get('/api/v0/tasks?filter=stat:=:FAILED');
    expect([status, json().error]).toEqual([400, { code: 'BAD_FILTER', message: 'There is no field stat of tasks' }]);
  });

  test('a body that is too large is not read', async () => {
    const body = JSON.stringify({ entrypoint: 'x'.repeat(300_000) });
    const { status, json } = await ask('POST', '/api/jobs/', { ...OURS, 'content-type': 'application/json' }, body);
    expect([status, json().error.code]).toEqual([413, 'BODY_TOO_LARGE']);
    const upload = { ...OURS, 'content-length': '999999999999' };
    expect((await ask('PUT', '/api/packages/gcs/code.zip', upload)).status).toBe(413);
  });

  test('what is not there is not found', async () => {
    for (const url of [
      '/api/nothing',
      '/api/v0/nothing',
      '/nothing',
      '/../package.json',
      '/..%2fpackage.json',
      '/%2e%2e/package.json',
    ]) {
      expect((await get(url)).json().error.code).toBe('NOT_FOUND');
    }
  });
});

describe('records', () => {
  test('a list passes its query on', async () => {
    fake.said.set('state tasks', page([task]));
    const url = '/api/v0/tasks?limit=5&offset=2&sort=-endedAt&detail=1&filter=state:=:FAILED&filter=name:contains:a:b';
    expect((await get(url)).json()).toMatchObject({ items: [task], total: 1, dropped: 0, truncated: false });
    expect(fake.asked.filter(({ value }) => (value as { resource?: string })?.resource === 'tasks')).toEqual([
      {
        question: 'state',
        value: {
          resource: 'tasks',
          query: {
            limit: 5,
            offset: 2,
            sort: '-endedAt',
            detail: true,
            filters: [
              ['state', '=', 'FAILED'],
              ['name', 'contains', 'a:b'],
            ],
          },
        },
      },
    ]);
  });

  test.each(['tasks', 'actors', 'objects', 'workers', 'nodes', 'jobs', 'placement_groups'])(
    'there is a list of %s',
    async name => {
      expect((await get(`/api/v0/${name}`)).status).toBe(200);
      expect((await get(`/api/v0/${name}?filter=a:=:`)).status).toBe(200);
    },
  );

  test('one record comes with details; one that is not there is not found', async () => {
    fake.said.set('state tasks', page([task]));
    expect((await get('/api/v0/tasks/a1')).json()).toEqual(task);
    expect((await get('/api/v0/actors/a1')).json().error).toMatchObject({
      code: 'NOT_FOUND',
      message: /actor a1/ as never,
    });
  });

  test.each(['tasks', 'actors', 'objects'])('there is a summary of %s', async name => {
    expect((await get(`/api/v0/summary/${name}?filter=state:=:ALIVE`)).json()).toMatchObject({ total: 1 });
  });

  test('what the session cannot tell is said', async () => {
    expect((await get('/api/logs')).json().error.code).toBe('NOT_SUPPORTED');
  });
});

test('the status tells what is where, and why what waits waits', async () => {
  const waiting = (name: string) => ({
    name,
    requiredResources: { CPU: 1 },
    reason: `${name} is queued: all CPUs are in use`,
  });
  fake.said.set('state tasks', page([waiting('add'), waiting('sub')], 3));
  fake.said.set('state jobs', page([{ state: 'RUNNING' }, { state: 'RUNNING' }]));
  expect((await get('/api/status')).json()).toMatchObject({
    sessionId: ID,
    address: 'local',
    resources: { total: { CPU: 2 }, available: { CPU: 0 } },
    nodes: [{ nodeId: 'n1' }],
    jobs: { RUNNING: 2 },
    actors: { ALIVE: 1 },
    tasks: { PENDING_ARGS_AVAIL: 1, PENDING_NODE_ASSIGNMENT: 3, RUNNING: 2, FINISHED: 5, FAILED: 1 },
    pending: [
      { shape: { CPU: 1 }, count: 2, reason: 'all CPUs are in use' },
      { shape: {}, count: 1, reason: 'queued behind the first 2' },
    ],
    store,
  });
});

describe('workers', () => {
  const alive = page([{ workerId: 'w1', state: 'ALIVE' }]);

  test('tell their stack as text too', async () => {
    fake.said.set('state workers', alive);
    const frames = [{ functionName: 'spin', url: 'file:///a.ts', line: 3, column: 5 }];
    fake.said.set('stacks', [{ nodeId: 'n1', workerId: 'w1', frames, tasks: [] }]);
    expect((await ask('POST', '/api/workers/w1/stack')).json()).toMatchObject({
      frames,
      text: '    at spin (file:///a.ts:3:5)',
    });
  });

  test('are watched as long as was asked, within limits', async () => {
    fake.said.set('state workers', alive);
    fake.said.set('profile', { nodes: [] });
    expect((await ask('POST', '/api/workers/w1/profile?ms=500')).json()).toEqual({ nodes: [] });
    expect(fake.asked.at(-1)).toEqual({ question: 'profile', value: { workerId: 'w1', duration: 500 } });
    expect((await ask('POST', '/api/workers/w1/profile?ms=999999')).status).toBe(400);
  });

  test('send a heap snapshot, of which nothing stays', async () => {
    const content = '{"snapshot":{}}';
    fake.said.set('state workers', alive);
    fake.said.set('heapSnapshot', { nodeId: 'n2', file: '/there', sizeBytes: content.length });
    fake.said.set('heapSnapshotPart', ({ offset }: { offset: number }) => ({
      data: Buffer.from(content.slice(offset, offset + 10)).toString('base64'),
      isEnd: offset === 10,
    }));
    const { body, headers } = await ask('POST', '/api/workers/w1/heap-snapshot');
    expect([body, headers['content-length']]).toEqual([content, '15']);
    const removed = { question: 'removeHeapSnapshot', value: { nodeId: 'n2', file: '/there' } };
    expect(fake.asked.at(-1)).toEqual(removed);
  });

  test('that are gone, or go meanwhile, are told to be', async () => {
    expect((await ask('POST', '/api/workers/w1/stack')).json().error.code).toBe('WORKER_GONE');
    fake.said.set('state workers', alive);
    fake.said.set('stacks', () => {
      throw new WorkerDiedError('It died');
    });
    const { status, json } = await ask('POST', '/api/workers/w1/stack');
    expect([status, json().error.code]).toEqual([404, 'WORKER_GONE']);
  });
});

describe('metrics', () => {
  test('come in the text format of Prometheus, those of Aktis and those of the user', async () => {
    const { body, headers } = await get('/metrics');
    expect(headers['content-type']).toMatch(/^text\/plain; version=0\.0\.4/);
    expect(body).toContain('\nhits 3\n');
    expect(body).toContain('\naktis_tasks{node="n1",state="RUNNING"} 2\n');
    expect(body).toContain('\naktis_tasks_finished_total{node="n1"} 5\n');
  });

  test('are listed by who made them', async () => {
    const { metrics } = (await get('/api/metrics/list')).json() as unknown as {
      metrics: { name: string; source: string }[];
    };
    expect(metrics[0]).toMatchObject({ name: 'hits', source: 'user' });
    expect(metrics[1]).toMatchObject({ name: 'aktis_node_cpu_percent', source: 'core' });
  });
});

describe('jobs, in the shape of Ray', () => {
  const job = {
    jobId: 'j1',
    type: 'SUBMISSION',
    state: 'RUNNING',
    entrypoint: 'node a.js',
    startedAt: '1970-01-01T00:00:01.000Z',
  };

  test('are listed', async () => {
    fake.said.set('state jobs', page([job]));
    const seen = {
      submission_id: 'j1',
      job_id: null,
      status: 'RUNNING',
      entrypoint: 'node a.js',
      start_time: 1000,
      end_time: null,
    };
    expect((await get('/api/jobs/')).json()).toEqual([expect.objectContaining(seen)]);
    expect((await get('/api/jobs/j1')).json()).toMatchObject(seen);
  });

  test('are not run by the session of one program, which says where they are', async () => {
    const headers = { ...OURS, 'content-type': 'application/json' };
    const { status, json } = await ask('POST', '/api/jobs/', headers, '{"entrypoint":"node a.js"}');
    expect([status, json().error.code]).toEqual([501, 'JOBS_UNAVAILABLE']);
  });

  test('are submitted, stopped, deleted, read and given their files', async () => {
    await close();
    const done: unknown[] = [];
    jobs = {
      submit: async submitted => `j${done.push(submitted)}`,
      stop: async id => done.push(`stop ${id}`) > 0,
      delete: async id => done.push(`delete ${id}`) > 0,
      logs: async id => `logs of ${id}`,
      // Between the two bytes of the letter.
      output: async (_id, offset) => {
        const data = Buffer.from('grün').subarray(offset, offset + 3);
        return { data, offset: offset + data.length, isEnd: offset + data.length === 5 };
      },
      upload: async (name, content) => void done.push(`${name}: ${await text(content as Readable)}`),
      hasUpload: async name => name === 'code.zip',
    };
    await open();
    jobs = undefined;
    fake.said.set('state jobs', page([job]));
    const headers = { ...OURS, 'content-type': 'application/json' };
    const submitted = await ask('POST', '/api/jobs/', headers, '{"entrypoint":"node a.js","metadata":{"a":"b"}}');
    expect(submitted.json()).toEqual({ job_id: 'j1', submission_id: 'j1' });
    expect((await ask('POST', '/api/jobs/', headers, '{}')).status).toBe(400);
    expect((await ask('POST', '/api/jobs/j1/stop')).json()).toEqual({ stopped: true });
    expect((await get('/api/jobs/j1/logs')).json()).toEqual({ logs: 'logs of j1' });
    const tail = (await get('/api/jobs/j1/logs/tail')).body.split('\n').filter(line => line.startsWith('data: '));
    expect(tail.map(line => JSON.parse(line.slice(6)) as object)).toEqual([
      { text: 'gr' },
      { text: 'ün' },
      { text: '', isEnd: true },
    ]);
    expect((await get('/api/status')).json()).toMatchObject({ acceptsJobs: true });
    expect((await ask('DELETE', '/api/jobs/j1')).json()).toEqual({ deleted: true });
    const zipped = { ...OURS, 'content-type': 'application/zip' };
    expect((await ask('PUT', '/api/packages/gcs/code.zip', zipped, 'zip')).status).toBe(200);
    expect((await ask('PUT', '/api/packages/gcs/..%2Fcode.zip', zipped, 'zip')).status).toBe(400);
    expect((await get('/api/packages/gcs/code.zip')).status).toBe(200);
    expect((await get('/api/packages/gcs/other.zip')).status).toBe(404);
    expect(done).toEqual([{ entrypoint: 'node a.js', metadata: { a: 'b' } }, 'stop j1', 'delete j1', 'code.zip: zip']);
  });
});

test('the description of the API lists its routes', async () => {
  const { paths } = (await get('/api/openapi.json')).json() as unknown as { paths: object };
  expect(Object.keys(paths)).toEqual(
    expect.arrayContaining(['/api/status', '/api/v0/tasks', '/api/jobs/{id}', '/metrics']),
  );
});

describe('pages', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'aktis-pages-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  // No `await using`: what checks the rules of imports cannot read it yet.
  const apps: FastifyInstance[] = [];
  afterEach(() => Promise.all(apps.splice(0).map(app => app.close())));

  async function pages() {
    const app = fastify();
    apps.push(app);
    await app.register(cookie);
    await servePages(app, access, { folder });
    await app.listen({ port: 0, host: '127.0.0.1' });
    const get = (url: string, headers = {}) => send(app.server, 'GET', url, headers);
    return { get };
  }

  test('are compressed, and not sent twice', async () => {
    await writeFile(join(folder, 'index.html'), '<title>Aktis</title>');
    const site = await pages();
    const plain = await site.get('/');
    expect([plain.body, plain.headers['content-type']]).toEqual(['<title>Aktis</title>', 'text/html; charset=utf-8']);
    const brotli = await site.get('/', { 'accept-encoding': 'gzip, br' });
    expect(brotli.headers['content-encoding']).toBe('br');
    const again = await site.get('/index.html', { 'if-none-match': String(plain.headers.etag) });
    expect([again.status, again.body]).toEqual([304, '']);
  });

  test('that are not built are said to be', async () => {
    const site = await pages();
    const { status, body } = await site.get('/');
    expect([status, body.includes('npm run build')]).toEqual([503, true]);
  });
});

describe('the socket', () => {
  async function served(port: number): Promise<Door> {
    const source = { ask: fake.ask, sessionId: ID, address: 'local', startedAt: new Date() };
    const door: Door = await Door.open(
      '127.0.0.1',
      port,
      async () => new SessionRoom(source, { ...door, token: 'secret', url: door.url }),
    );
    return door;
  }

  test('moves on when its port is taken', async () => {
    const first = await served(0);
    const port = Number(new URL(first.url).port);
    const second = await served(port);
    expect(Number(new URL(second.url).port)).not.toBe(port);
    await Promise.all([first.close(), second.close()]);
  });

  test('is free again after it was closed, though a browser still listened', async () => {
    const session = await served(0);
    const answer = await fetch(`${session.url}/api/events`, { headers: { authorization: 'Bearer secret' } });
    const reader = (answer.body as ReadableStream<Uint8Array>).getReader();
    await reader.read();
    await session.close();
    await expect(
      (async () => {
        while (!(await reader.read()).done);
      })(),
    ).rejects.toThrow();
    const port = Number(new URL(session.url).port);
    const again = createServer().listen(port, '127.0.0.1');
    await once(again, 'listening');
    again.close();
  });

  test('tells once a second how things are, and errors when there are new ones', async () => {
    const failed = { ...task, nodeId: 'n1' };
    fake.said.set('state tasks', page([failed, failed]));
    const session = await served(0);
    const abort = new AbortController();
    const answer = await fetch(`${session.url}/api/events`, {
      headers: { authorization: 'Bearer secret' },
      signal: abort.signal,
    });
    expect(answer.headers.get('content-type')).toBe('text/event-stream');
    expect(answer.headers.get('content-security-policy')).toMatch(/default-src 'self'/);
    const events: { type: string; errors?: unknown[] }[] = [];
    const decoder = new TextDecoder();
    const reading = (async () => {
      let rest = '';
      for await (const chunk of answer.body as unknown as AsyncIterable<Uint8Array>) {
        const parts = (rest + decoder.decode(chunk)).split('\n\n');
        rest = parts.pop() as string;
        for (const part of parts) if (part.startsWith('data: ')) events.push(JSON.parse(part.slice(6)));
        if (events.filter(({ type }) => type === 'status').length >= 3) break;
      }
    })();
    await reading;
    expect(events.slice(0, 2)).toMatchObject([
      { type: 'status' },
      { type: 'errors', errors: [{ name: 'add', count: 2 }] },
    ]);
    // Nothing more has failed.
    expect(events.filter(({ type }) => type === 'errors')).toHaveLength(1);
    abort.abort();
    await session.close();
  });
});
