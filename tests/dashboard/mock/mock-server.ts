import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join } from 'node:path';
import type {
  JobStopped,
  JobTailEvent,
  LiveEvent,
  LogLine,
  LogLines,
  MetricList,
  Status,
  TaskInfo,
  WorkerStack,
} from '../../../packages/dashboard/src/api-types.ts';
import { countStates, filtered, groupTasks, list } from './listing.ts';
import { historyOf, metricHistory, profileOf, timelineOf } from './measurements.ts';
import type { Workload } from './workload.ts';

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
};

/** As strict as the real one may ever be: nothing inline, nothing from elsewhere. */
const POLICY = "default-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'";

class Refusal extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

/** Serves the built pages, and the answers of api-types.ts about a made-up workload. */
export class MockServer {
  isLocked = false;
  readonly asked: string[] = [];
  #workload: Workload;
  readonly #pages: string;
  readonly #server: Server;
  readonly #listeners = new Set<ServerResponse>();
  readonly #readers = new Set<ServerResponse>();
  readonly #sorted = new Map<string, unknown>();
  readonly #beat: NodeJS.Timeout;
  #sessionId = 'session-1';

  private constructor(workload: Workload, pages: string) {
    this.#workload = workload;
    this.#pages = pages;
    this.#server = createServer((request, response) => void this.#serve(request, response));
    this.#beat = setInterval(() => this.beat(), 1000);
  }

  /** `port` 0: any that is free. */
  static async start(workload: Workload, pages: string, port = 0): Promise<MockServer> {
    const server = new MockServer(workload, pages);
    await new Promise<void>(resolve => server.#server.listen(port, '127.0.0.1', resolve));
    return server;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}/`;
  }

  get workload(): Workload {
    return this.#workload;
  }

  async stop(): Promise<void> {
    clearInterval(this.#beat);
    this.#server.closeAllConnections();
    await new Promise(resolve => this.#server.close(resolve));
  }

  show(workload: Workload): void {
    this.#workload = workload;
    this.#sorted.clear();
    this.beat();
  }

  killNode(nodeId: string, deathReason: string): void {
    const nodes = this.#workload.nodes.map(node =>
      node.nodeId === nodeId ? { ...node, state: 'DEAD' as const, deathReason } : node,
    );
    this.show({ ...this.#workload, nodes });
  }

  /** Tells everybody who listens how things are. */
  beat(): void {
    for (const listener of this.#listeners) this.#tell(listener);
  }

  /** A worker prints a line. */
  print(line: LogLine): void {
    this.#workload.lines.push(line);
    for (const reader of this.#readers) reader.write(`data: ${JSON.stringify(line)}\n\n`);
  }

  #tell(listener: ServerResponse): void {
    const time = new Date().toISOString();
    const events: LiveEvent[] = [
      { type: 'status', time, status: this.#status() },
      { type: 'errors', errors: this.#workload.errors },
    ];
    for (const event of events) listener.write(`data: ${JSON.stringify(event)}\n\n`);
  }

  #status(): Status {
    const { nodes, tasks, actors, jobs, pending, objects } = this.#workload;
    const sum = (kind: 'total' | 'available') => {
      const sums: Record<string, number> = {};
      for (const { resources, state } of nodes) {
        if (state === 'DEAD') continue;
        for (const [name, amount] of Object.entries(resources[kind])) sums[name] = (sums[name] ?? 0) + amount;
      }
      return sums;
    };
    return {
      version: '0.1.0',
      sessionId: this.#sessionId,
      address: '10.0.0.11:6379',
      startedAt: nodes[0]?.startedAt as string,
      resources: { total: sum('total'), available: sum('available') },
      nodes,
      pending,
      acceptsJobs: true,
      jobs: countStates(jobs),
      actors: this.#once('actor states', () => countStates(actors)),
      tasks: this.#once('task states', () => countStates(tasks)),
      store: {
        usedBytes: this.#once('bytes', () => objects.reduce((all, { sizeBytes }) => all + sizeBytes, 0)),
        limitBytes: 16e9,
        spilledBytes: objects.length > 0 ? 410e6 : 0,
        objects: objects.length,
      },
    };
  }

  #once<T>(key: string, make: () => T): T {
    if (!this.#sorted.has(key)) this.#sorted.set(key, make());
    return this.#sorted.get(key) as T;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://localhost');
    try {
      if (!url.pathname.startsWith('/api/')) return await this.#page(url.pathname, response);
      if (this.isLocked) throw new Refusal(401, 'UNAUTHENTICATED', 'Sign in first');
      this.asked.push(`${request.method} ${url.pathname}${url.search}`);
      if (url.pathname === '/api/events') return this.#stream(response, this.#listeners, () => this.#tell(response));
      if (url.pathname === '/api/logs/stream') return this.#stream(response, this.#readers);
      if (url.pathname.endsWith('/logs/tail')) return this.#tail(response);
      const answer = this.#answer(request.method ?? 'GET', url);
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
    } catch (error) {
      const { status, code } = error instanceof Refusal ? error : { status: 400, code: 'BAD_FILTER' };
      const body = { error: { code, message: (error as Error).message } };
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    }
  }

  async #page(path: string, response: ServerResponse): Promise<void> {
    const file = join(this.#pages, path === '/' ? 'index.html' : path);
    try {
      const content = await readFile(file);
      const type = TYPES[extname(file)] ?? 'application/octet-stream';
      response.writeHead(200, { 'content-type': type, 'content-security-policy': POLICY }).end(content);
    } catch {
      response.writeHead(404).end();
    }
  }

  #stream(response: ServerResponse, listeners: Set<ServerResponse>, begin?: () => void): void {
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
    response.write(':\n\n');
    listeners.add(response);
    response.on('close', () => listeners.delete(response));
    begin?.();
  }

  /** All that a job has printed, to its end. */
  #tail(response: ServerResponse): void {
    this.#stream(response, new Set());
    const events: JobTailEvent[] = [{ text: 'epoch 1\n' }, { text: 'epoch 2\n' }, { text: '', isEnd: true }];
    for (const event of events) response.write(`data: ${JSON.stringify(event)}\n\n`);
    response.end();
  }

  #answer(method: string, url: URL): unknown {
    const parts = url.pathname.slice('/api/'.length).split('/').filter(Boolean).map(decodeURIComponent);
    const query = url.searchParams;
    const workload = this.#workload;
    const [what = '', which = '', part = ''] = parts;
    const since = Date.parse(query.get('since') ?? '');
    const resolution = Number(query.get('resolution') ?? 1000);
    switch (`${method} ${what}`) {
      case 'GET status':
        return this.#status();
      case 'GET v0':
        return which === 'summary' ? this.#summary(part, query) : this.#records(which, part, query);
      case 'GET history':
        return historyOf(workload.nodes, since, resolution, Date.now());
      case 'GET metrics':
        if (which === 'list') return { metrics: workload.metrics } satisfies MetricList;
        return metricHistory(query.get('name') ?? '', since, resolution, Date.now());
      case 'GET logs':
        return this.#lines(query);
      case 'GET timeline':
        return this.#once('timeline', () => timelineOf(workload));
      case 'POST workers':
        return this.#tool(which, part, query);
      case 'POST jobs':
        return which === '' ? { submission_id: this.#workload.jobs[0]?.jobId } : this.#stop(which);
      case 'PUT packages':
        return { uploaded: true };
      default:
        throw new Refusal(404, 'NOT_FOUND', `There is no ${method} ${url.pathname}`);
    }
  }

  #records(resource: string, id: string, query: URLSearchParams): unknown {
    const { tasks, actors, objects, workers, nodes, jobs, groups } = this.#workload;
    const tables: Record<string, readonly (readonly object[] | string)[]> = {
      tasks: [tasks, 'taskId'],
      actors: [actors, 'actorId'],
      objects: [objects, 'objectId'],
      workers: [workers, 'workerId'],
      nodes: [nodes, 'nodeId'],
      jobs: [jobs, 'jobId'],
      placement_groups: [groups, 'placementGroupId'],
    };
    const [records, key] = (tables[resource] ?? [[], '']) as [readonly Record<string, unknown>[], string];
    if (id === '') return this.#page100k(resource, records, query);
    const found = records.find(record => record[key] === id);
    if (found === undefined) throw new Refusal(404, 'NOT_FOUND', `There is no ${resource} ${id}`);
    return found;
  }

  /** Sorts a hundred thousand once, not for each part of them. */
  #page100k(resource: string, records: readonly object[], query: URLSearchParams): unknown {
    const all = new URLSearchParams(query);
    all.delete('offset');
    all.set('limit', String(records.length));
    const sorted = this.#once(`${resource}?${all}`, () => list(records, all).items);
    const part = new URLSearchParams(query);
    part.delete('filter');
    part.delete('sort');
    return list(sorted, part);
  }

  #summary(resource: string, query: URLSearchParams): unknown {
    if (resource !== 'tasks') throw new Refusal(404, 'NOT_FOUND', `There is no summary of ${resource}`);
    return this.#once(`summary ${query}`, () => {
      const tasks = filtered<TaskInfo>(this.#workload.tasks, query);
      return { total: tasks.length, dropped: 0, states: countStates(tasks), groups: groupTasks(tasks) };
    });
  }

  #lines(query: URLSearchParams): LogLines {
    const keys = ['taskId', 'actorId', 'workerId', 'nodeId'] as const;
    const lines = this.#workload.lines.filter(line =>
      keys.every(key => query.get(key) === null || line[key] === query.get(key)),
    );
    return { lines: lines.slice(-Number(query.get('tail') ?? 100)) };
  }

  #tool(workerId: string, tool: string, query: URLSearchParams): unknown {
    const worker = this.#workload.workers.find(worker => worker.workerId === workerId);
    if (worker === undefined) throw new Refusal(404, 'WORKER_GONE', `Worker ${workerId} is gone`);
    if (tool === 'profile') return profileOf(Number(query.get('ms')));
    if (tool === 'heap-snapshot') return { snapshot: { meta: {} }, nodes: [], edges: [], strings: [] };
    const frames = [
      { functionName: 'readBits', url: 'file:///home/ada/vision/src/bits.ts', line: 12, column: 9 },
      { functionName: 'decodeImage', url: 'file:///home/ada/vision/src/decode.ts', line: 41, column: 23 },
    ];
    const text = frames.map(({ functionName, url, line }) => `    at ${functionName} (${url}:${line})`).join('\n');
    return { workerId, nodeId: worker.nodeId, frames, tasks: [], text } satisfies WorkerStack;
  }

  #stop(jobId: string): JobStopped {
    const jobs = this.#workload.jobs.map(job => (job.jobId === jobId ? { ...job, state: 'STOPPED' as const } : job));
    this.show({ ...this.#workload, jobs });
    return { stopped: true };
  }
}
