import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ActorInfo, LogLine, NodeStateInfo, ObjectInfo, StackInfo, TaskInfo, WorkerInfo } from 'aktis';
import { AktisCommand, bin, type Running, until } from '../cluster/support/aktis-command.ts';

// The commands that look inside, at a program that runs as its own process and called init() without a cluster.

/** Milliseconds for each test: several processes, each of which takes seconds to start on a busy machine. */
const limit = 120_000;

const command = new AktisCommand({ NODE_ENV: '' });
const { home, programs } = command;
const begin = (...args: string[]) => command.begin(args);
const aktis = (...args: string[]) => command.run(args);
const told = (...args: string[]) => command.told(...args);

async function records<T>(...args: string[]): Promise<T[]> {
  return JSON.parse(await told(...args, '--format', 'json')) as T[];
}

const announced = () => (existsSync(join(home, 'dashboards')) ? readdirSync(join(home, 'dashboards')) : []);

/** Starts a program, and waits until it is ready and can be found. */
async function startProgram(): Promise<Running> {
  const program = begin('run', 'main.ts');
  await program.says('ready');
  await until('its dashboard is announced', () => announced().some(name => name.startsWith(`${program.child.pid}-`)));
  return program;
}

const text = `import { get, init, kill, put, remote } from 'aktis';
import { createInterface } from 'node:readline';

const add = remote(function add(a: number, b: number) {
  console.log('adding ' + a + ' and ' + b);
  return a + b;
});
const refuse = remote(function refuse(): number {
  console.error('about to refuse');
  throw new RangeError('no such number');
});
interface Unused {
  more: string;
}
const spin = remote(function spin(): void {
  for (;;) {}
});
const churn = remote(async function churn(): Promise<void> {
  for (;;) {
    burn();
    await new Promise(resolve => setTimeout(resolve, 20));
  }
});
function burn() {
  for (const until = performance.now() + 10; performance.now() < until; ) JSON.parse('[1, 2, 3]');
}
const never = remote(function never() {}, { numCpus: 64 });

@remote()
class Keeper {
  #kept: unknown;
  keep(value: unknown) {
    this.#kept = value;
    return typeof this.#kept;
  }
  say(text: string) {
    console.log(text);
  }
  wait() {
    return new Promise<void>(() => {});
  }
}

await init({ numCpus: 3 });
await get([add.remote(1, 2), add.remote(3, 4)]);
await get(refuse.remote()).catch(() => {});
const keeper = Keeper.remote();
await get(keeper.keep.remote([put(new Uint8Array(50_000_000))]));
never.remote();
const talker = Keeper.options({ name: 'talker', namespace: 'x' }).remote();
await get(talker.say.remote('hello'));
for (let i = 0; i < 3; i++) keeper.wait.remote();
let busy: unknown;
console.log('ready');
for await (const line of createInterface({ input: process.stdin })) {
  if (line === 'kill') await kill(talker);
  else if (line === 'work') busy = [spin.remote(), churn.remote()];
  else await get(talker.say.remote(line));
}
`;

const lineOf = (code: string) => text.split('\n').findIndex(line => line.includes(code)) + 1;
const quiet = { status: 0, stderr: '' };

let program: Running;
beforeAll(async () => {
  command.program('package.json', '{"type":"module"}');
  command.program('main.ts', text);
  mkdirSync(join(programs, 'nowhere'), { mode: 0o700 });
  program = await startProgram();
}, limit);
afterAll(async () => {
  program.child.kill('SIGKILL');
  await program.ended;
  await command.end();
});

async function listed(): Promise<void> {
  const add = ['--filter', 'name=add', '--sort=submittedAt'];
  const [failed, all, page, actors, nodes, workers] = await Promise.all([
    records<TaskInfo>('list', 'tasks', '--filter', 'state=FAILED'),
    records<TaskInfo>('list', 'tasks', ...add),
    records<TaskInfo>('list', 'tasks', ...add, '--offset', '1'),
    records<ActorInfo>('list', 'actors', '--filter', 'pendingCalls>2'),
    records<NodeStateInfo>('list', 'nodes'),
    records<WorkerInfo>('list', 'workers', '--filter', 'state=ALIVE'),
  ]);
  expect(failed).toMatchObject([{ name: 'refuse', error: { type: 'RangeError', message: 'no such number' } }]);
  expect(all).toHaveLength(2);
  expect(page).toEqual([all[1]]);
  expect(actors).toMatchObject([{ className: 'Keeper', state: 'ALIVE', pendingCalls: 3 }]);
  expect(nodes).toMatchObject([{ pid: program.child.pid, usage: { workers: expect.any(Number) } }]);
  expect(workers.length).toBeGreaterThan(1);
}

async function printed(): Promise<void> {
  const [cut, empty, jobs, waiting] = await Promise.all([
    aktis('list', 'tasks', '-f', 'name~ADD', '--filter', 'duration>=0', '--sort=submittedAt', '--limit', '1'),
    told('list', 'placement-groups'),
    told('list', 'jobs', '--format', 'yaml'),
    told('list', 'tasks', '--filter', 'state=PENDING_NODE_ASSIGNMENT', '--detail'),
  ]);
  expect(cut).toMatchObject({
    status: 0,
    stdout: expect.stringMatching(/^TASK +NAME +STATE .*\n[\da-f]{22} +add +FINISHED .*\n$/),
    stderr: 'Showing 1 of 2 tasks: --limit, --offset or --filter show others\n',
  });
  expect(empty).toBe('none\n');
  expect(jobs).toMatch(/^- jobId: .*\n {2}type: DRIVER\n {2}state: RUNNING\n/);
  expect(waiting).toMatch(/^- taskId: .*\n[\s\S]* {2}name: never\n[\s\S]*reason: ".*64 CPU/);
}

async function shown(): Promise<void> {
  const [[object], [node]] = await Promise.all([
    records<ObjectInfo>('list', 'objects'),
    records<NodeStateInfo>('list', 'nodes'),
  ]);
  const { objectId } = object as ObjectInfo;
  const { nodeId } = node as NodeStateInfo;
  const [found, short, several, nobody] = await Promise.all([
    told('get', 'objects', objectId.slice(0, 21), '--format', 'json'),
    told('get', 'nodes', nodeId.slice(0, 5)),
    aktis('get', 'tasks', objectId.slice(0, 8)),
    aktis('get', 'actors', 'nobody'),
  ]);
  expect(JSON.parse(found)).toMatchObject({ objectId, references: { WORKER: 1 } });
  expect(short).toContain(nodeId);
  expect(several).toMatchObject({
    status: 1,
    stderr: expect.stringMatching(/^aktis get: \d+ ids begin with .*; see "aktis list tasks"\n$/),
  });
  expect(nobody).toMatchObject({
    status: 1,
    stderr: 'aktis get: There is no actor nobody (any more); see "aktis list actors"\n',
  });
}

async function counted(): Promise<void> {
  const [tasks, actors, objects] = await Promise.all([
    told('summary', 'tasks'),
    told('summary', 'actors'),
    told('summary', 'objects', '--format', 'json'),
  ]);
  expect(tasks).toMatch(/\nadd +NORMAL_TASK +2 +2 FINISHED /);
  expect(actors).toMatch(/^2 actors: 2 ALIVE\n\n[\s\S]*\nKeeper +2 +2 ALIVE +3 /);
  expect(JSON.parse(objects)).toMatchObject({ total: 1, groups: [{ creator: 'put' }] });
}

describe('aktis list, get and summary', () => {
  test('list what the program has and had, filtered, sorted and paged', listed, limit);
  test('print tables and YAML for people, and say on stderr what they leave out', printed, limit);
  test('show one record by what its id begins with', shown, limit);
  test('count by function, class and creator', counted, limit);
});

async function logsShown(): Promise<void> {
  const [list, [task], found, missing] = await Promise.all([
    told('logs'),
    records<TaskInfo>('list', 'tasks', '--filter', 'name=refuse'),
    told('logs', '--search', 'ADDING 3'),
    aktis('logs', 'worker-99'),
  ]);
  expect(list).toMatch(/^LOG +WORKER +NODE +STATE +LINES +PRINTED\nworker-\d /);
  expect(found).toMatch(/^\(add worker-\d node=[\da-f]{8}\) adding 3 and 4\n$/);
  expect(missing).toMatchObject({
    status: 1,
    stderr: 'aktis logs: There is no log worker-99; see "aktis logs"\n',
  });
  const { taskId, workerId = '', jobId } = task as TaskInfo;
  const name = `worker-${Number.parseInt(workerId.slice(8, 14), 16)}`;
  const [ofTask, errors, output, last, lines, ofJob] = await Promise.all([
    told('logs', '--task-id', taskId),
    told('logs', `${name}.err`),
    told('logs', `${name}.out`),
    told('logs', name, '--tail', '1'),
    records<LogLine>('logs', '--task-id', taskId),
    told('logs', '--job-id', jobId, '--search', 'refuse'),
  ]);
  expect(ofTask).toBe('about to refuse\n');
  expect(errors).toBe('about to refuse\n');
  expect(output).not.toContain('refuse');
  expect(last).toMatch(/^.+\n$/);
  expect(lines).toMatchObject([{ text: 'about to refuse', stream: 'stderr', taskId }]);
  expect(ofJob).toMatch(/^\(refuse worker-\d node=[\da-f]{8}\) about to refuse\n$/);
}

async function logFollowed(): Promise<void> {
  const [talker] = await records<ActorInfo>('list', 'actors', '--filter', 'name=talker');
  const following = begin('logs', '--actor-id', (talker as ActorInfo).actorId, '--follow', '--search', 'o');
  await following.says('hello\n');
  for (const line of ['one', 'hidden', 'two']) program.tell(line);
  await following.says('two\n');
  program.tell('kill');
  expect(await following.ended).toEqual({ ...quiet, stdout: 'hello\none\ntwo\n' });
}

describe('aktis logs', () => {
  test('lists logs, and shows that of a worker, one of its streams, of a task or a job', logsShown, limit);
  test('follows an actor until it is gone', logFollowed, limit);
});

async function holderFound(): Promise<void> {
  const [text, counted] = await Promise.all([
    told('memory'),
    told('memory', '--group-by', 'creator', '--limit', '0', '--format', 'json'),
  ]);
  expect(text).toMatch(/^Node [\da-f]{12}: 1 objects, 47\.7 MiB of .* in memory, 0 B on disk\n/);
  const row = text.split('\n').find(line => line.includes('47.7 MiB  100 %'));
  expect(row).toContain(`put by the driver at ${join(programs, 'main.ts')}:${lineOf('put(new')}:`);
  expect(row).toMatch(/ worker-\d \(Keeper\)$/);
  expect(JSON.parse(counted)).toMatchObject({
    stores: [{ objects: 1 }],
    groups: [{ group: 'put', objects: 1 }],
    objects: [],
  });
}
test('aktis memory answers in one look which ref holds 50 MB', holderFound, limit);

async function usageExplained(): Promise<void> {
  const outcomes = await Promise.all([
    aktis('list', 'planets'),
    aktis('list', 'tasks', '--filter', 'state'),
    aktis('list', 'tasks', '--filter', 'stat=FAILED'),
    aktis('list', 'tasks', '--limit', '0'),
    aktis('logs', 'worker-1', '--task-id', 'x'),
    aktis('memory', '--sort-by', 'colour'),
    aktis('top', '--interval', '0'),
  ]);
  const wrong = { status: 2, stdout: '', stderr: expect.stringMatching(/\S/) };
  expect(outcomes).toEqual(outcomes.map(() => wrong));
  expect(outcomes[2]?.stderr).toMatch(/There is no field stat of tasks; did you mean state\? allowed: /);
}
test('wrong usage exits with 2, and says what is allowed', usageExplained, limit);

async function newestMeant(): Promise<void> {
  const second = await startProgram();
  try {
    const { stdout, stderr } = await aktis('list', 'nodes', '--format', 'json');
    expect(JSON.parse(stdout)).toMatchObject([{ pid: second.child.pid }]);
    const [, newest, other, url = ''] =
      /^Several .* newest, the program with pid (\d+) .*; not the program with pid (\d+) \(--address (\S+)\)\n$/.exec(
        stderr,
      ) ?? [];
    expect([newest, other]).toEqual([second, program].map(({ child }) => String(child.pid)));
    const picked = await aktis('list', 'nodes', '--format', 'json', '--address', url);
    expect(picked).toMatchObject(quiet);
    expect(JSON.parse(picked.stdout)).toMatchObject([{ pid: program.child.pid }]);
  } finally {
    second.child.kill('SIGKILL');
    await second.ended;
  }
  // What it left behind misleads nobody.
  const { stdout, ...rest } = await aktis('list', 'nodes', '--format', 'json');
  expect(rest).toEqual(quiet);
  expect(JSON.parse(stdout)).toMatchObject([{ pid: program.child.pid }]);
}
test('the newest session is meant, others are named, and --address picks one', newestMeant, limit);

async function nowhereSaid(): Promise<void> {
  const asked = command.begin(['memory'], { AKTIS_HOME: join(programs, 'nowhere') });
  expect(await asked.ended).toMatchObject({
    status: 3,
    stderr: expect.stringMatching(/^aktis memory: Nothing of yours runs on this machine\. Start a program .*\n$/),
  });
}
test('where there is no session it is said what to do, with exit code 3', nowhereSaid, limit);

describe('while workers are at work, one in an endless loop', () => {
  beforeAll(async () => {
    program.tell('work');
    const running = async () => records<TaskInfo>('list', 'tasks', '-f', 'state=RUNNING', '-f', 'type=NORMAL_TASK');
    await until('both run', async () => (await running()).length === 2);
  }, limit);

  async function stacksTold(): Promise<void> {
    const stacks = await records<StackInfo>('stack');
    const spinning = stacks.find(({ tasks }) => tasks.some(({ name }) => name === 'spin')) as StackInfo;
    const url = `file://${join(programs, 'main.ts')}`;
    expect(spinning.frames[0]).toMatchObject({ functionName: 'spin', url, line: lineOf('for (;;) {}') });
    const text = await told('stack', '--worker-id', spinning.workerId);
    expect(text).toMatch(/^worker-\d \([\da-f]{22}\) on node [\da-f]{12} runs spin \(task [\da-f]{22}\)\n {4}at spin /);
  }
  test('aktis stack shows where it is, in the lines of the source', stacksTold, limit);

  async function filesWritten(): Promise<void> {
    const [churning] = await records<TaskInfo>('list', 'tasks', '--filter', 'name=churn');
    const { workerId = '' } = churning as TaskInfo;
    const [written, profile, unwritable] = await Promise.all([
      aktis('timeline', '-o', 'trace.json'),
      told('profile', workerId, '--duration', '500', '--output', '-'),
      aktis('timeline', '-o', 'not/there.json'),
    ]);
    const hint = 'Written to trace.json; open it at https://ui.perfetto.dev or chrome://tracing\n';
    expect(written).toEqual({ status: 0, stdout: '', stderr: hint });
    const { traceEvents } = JSON.parse(readFileSync(join(programs, 'trace.json'), 'utf8'));
    expect(traceEvents).toContainEqual(expect.objectContaining({ name: 'refuse', ph: 'X' }));
    const { nodes } = JSON.parse(profile) as { nodes: { callFrame: { functionName: string } }[] };
    expect(nodes.map(({ callFrame }) => callFrame.functionName)).toContain('churn');
    expect(unwritable).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(/^aktis timeline: not\/there\.json cannot be written: /),
    });
  }
  test('aktis timeline and aktis profile write files that other tools open', filesWritten, limit);

  async function topPrinted(): Promise<void> {
    const text = await told('top');
    expect(text).toMatch(new RegExp(`^aktis top {3}the program with pid ${program.child.pid} `));
    expect(text).toMatch(/\nWORKER +NODE +BUSY +HEAP +ACTORS +RUNS\nworker-\d +[\da-f]{12} +blocked .* spin\n/);
    expect(text).toMatch(/\nACTOR +CLASS +MAILBOX .*\n[\da-f]{22} +Keeper +3 /);
  }
  test('aktis top prints once where there is no terminal', topPrinted, limit);

  async function topRefreshed(): Promise<void> {
    const top = command.spawn('script', ['-qec', `'${process.execPath}' '${bin}' top --interval 0.1`, '/dev/null']);
    await top.says('MAILBOX');
    const soFar = top.stdout.length;
    await until('it refreshes', () => top.stdout.length > soFar);
    top.child.stdin?.write('q');
    expect((await top.ended).status).toBe(0);
  }
  test('aktis top refreshes in a terminal until q is pressed', topRefreshed, limit);

  async function hangingGivenUp(): Promise<void> {
    program.child.kill('SIGSTOP');
    expect(await aktis('list', 'tasks')).toMatchObject({
      status: 3,
      stdout: '',
      stderr: expect.stringMatching(/^aktis list: The session at .* did not answer within 10 s: /),
    });
  }
  test('a program that hangs is given up when its time is over, with exit code 3', hangingGivenUp, limit);
});
