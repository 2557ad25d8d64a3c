import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import {
  AktisCommand,
  bin,
  freePorts,
  isRunning,
  type Status,
  type StatusNode,
  until,
} from './support/aktis-command.ts';

// A cluster from the command line: real processes, a real nats-server, programs in a folder of their own.

/** Milliseconds for each test: dozens of processes, each of which takes seconds to start on a busy machine. */
const limit = 180_000;

const command = new AktisCommand();
const { folder, home } = command;
const aktis = (...args: string[]) => command.run(args);
const told = (...args: string[]) => command.told(...args);

const livingNode = async (name: string) =>
  (await command.status()).nodes.find(node => node.name === name && node.state === 'ALIVE');

const [port, unusedPort] = (await freePorts(2)) as [number, number];
const address = `127.0.0.1:${port}`;

beforeAll(async () => {
  expect(await told('start', '--head', '--port', String(port), '--node-name', 'first', '--num-cpus', '1')).toContain(
    `init({ address: '${address}' })`,
  );
  await Promise.all([
    told('start', '--address', address, '--node-name', 'second', '--num-cpus', '1', '--resources', '{"spot": 1}'),
    told(
      'start',
      '--address',
      'auto',
      '--node-name',
      'third',
      '--num-cpus',
      '1',
      '--resources',
      '{"spot": 1}',
      '--labels',
      'zone=b',
    ),
  ]);
}, limit);

afterAll(() => command.end(), limit);

test(
  'status tells which nodes there are, what they offer, and how the control store does',
  async () => {
    const { clusterId, nodes, resources, controlStore, ...status } = await command.status();
    expect(status.address).toBe(address);
    expect(clusterId).toMatch(/^[0-9a-f]{32}$/);
    expect(nodes.map(({ name, state, isHead }) => [name, state, isHead]).sort()).toEqual([
      ['first', 'ALIVE', true],
      ['second', 'ALIVE', false],
      ['third', 'ALIVE', false],
    ]);
    expect(resources.total).toMatchObject({ CPU: 3, spot: 2 });
    expect(nodes.find(({ name }) => name === 'third')).toMatchObject({ labels: { zone: 'b' } });
    expect(controlStore).toMatchObject({ kind: 'nats', state: 'CONNECTED', pid: expect.any(Number) });
    expect(await told('status')).toMatch(/third/);
    expect(await told('status', '--format', 'yaml')).toMatch(/^clusterId: /);
    const listed = JSON.parse(await told('list', 'nodes', '--format', 'json')) as StatusNode[];
    expect(listed).toHaveLength(3);
    expect(await told('get', 'nodes', listed[0]?.nodeId as string)).toContain('name: first');
  },
  limit,
);

test(
  'a program from another folder runs its tasks on all nodes, and its actors where their resources are',
  async () => {
    command.program(
      'tour.ts',
      `import { get, init, nodes, put, remote, runtimeContext } from 'aktis';
     import { double } from './double.ts';
     const where = remote(async function where() {
       await new Promise(resolve => setTimeout(resolve, 100));
       return runtimeContext().nodeId;
     });
     const size = remote(function size(bytes: Uint8Array) { return double(bytes.length); });
     @remote class Counter {
       #count = 0;
       add(n: number) { return (this.#count += n); }
       where() { return runtimeContext().nodeId; }
     }
     await using session = await init({ address: 'auto' });
     const big = put(new Uint8Array(1_000_000));
     const seen = new Set(await get(Array.from({ length: 12 }, () => where.remote())));
     const counter = Counter.options({ resources: { spot: 1 } }).remote();
     await get(counter.add.remote(1));
     console.log(JSON.stringify({
       address: session.address,
       driver: seen.has(session.nodeId),
       seen: seen.size,
       size: await get(size.remote(big)),
       count: await get(counter.add.remote(2)),
       isHome: (await get(counter.where.remote())) === session.nodeId,
       nodes: (await nodes()).map(node => node.name).sort(),
     }));`,
    );
    command.program('double.ts', 'export const double = (n: number): number => 2 * n;');
    expect(JSON.parse(await told('run', 'tour.ts'))).toEqual({
      address,
      driver: false,
      seen: 3,
      size: 2_000_000,
      count: 3,
      isHome: false,
      nodes: ['first', 'second', 'third'],
    });
    expect((await command.status()).jobs).toMatchObject([{ kind: 'driver', state: 'SUCCEEDED' }]);
  },
  limit,
);

test(
  'submit shows what the command writes, ends with its exit code, and its init() finds the cluster',
  async () => {
    command.program(
      'job.mjs',
      `import { get, init, remote } from 'aktis';
     const add = remote(function add(a, b) { return a + b; });
     await init();
     console.log(process.env.COLOUR, await get(add.remote(1, 2)));
     process.exitCode = 7;`,
    );
    const options = ['--working-dir', '.', '--env', 'COLOUR=blue'];
    const ended = await aktis('submit', ...options, '--', process.execPath, 'job.mjs');
    expect(ended).toMatchObject({ status: 7, stdout: 'blue 3\n' });

    const jobId = (await told('submit', '--no-wait', '--', 'sh', '-c', 'echo begun; exec sleep 600')).trim();
    await until('the job says something', async () => (await told('job', 'logs', jobId)) === 'begun\n');
    expect(await told('job', 'status', jobId)).toContain('state: RUNNING');
    expect(await told('job', 'stop', jobId)).toBe(`Job ${jobId}: STOPPED\n`);
    expect(await told('job', 'logs', '--follow', jobId)).toBe('begun\n');
    const jobs = JSON.parse(await told('job', 'list', '--format', 'json')) as Status['jobs'];
    expect(jobs.filter(({ kind }) => kind === 'submission')).toMatchObject([{ state: 'FAILED' }, { state: 'STOPPED' }]);
    expect(await aktis('job', 'status', '00ff')).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('no job 00ff'),
    });
  },
  limit,
);

test(
  'the commands that look inside show what all nodes have, and what concerns one worker from its node',
  async () => {
    command.program(
      'busy.ts',
      `import { get, init, put, remote } from 'aktis';
     const where = remote(function where(n: number) { console.log('ran ' + n); return n; }, { schedulingStrategy: 'SPREAD' });
     const refuse = remote(function refuse() { throw new RangeError('refused'); });
     const sleep = remote(function sleep() { for (;;) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50); });
     @remote class Keeper {
       kept: unknown;
       keep(value: unknown) { this.kept = value; }
       wait() { return new Promise(() => {}); }
     }
     await init({ address: 'auto' });
     await get(Array.from({ length: 12 }, (_, n) => where.remote(n)));
     await get(refuse.remote()).catch(() => {});
     const keeper = Keeper.options({ resources: { spot: 1 } }).remote();
     await get(keeper.keep.remote([put(new Uint8Array(20_000_000))]));
     for (let i = 0; i < 4; i++) keeper.wait.remote();
     sleep.remote();
     console.log('ready');
     setInterval(() => {}, 1000);`,
    );
    const busy = command.begin(['run', 'busy.ts']);
    try {
      await busy.says('ready');
      const listed = async (...args: string[]) =>
        JSON.parse(await told('list', ...args, '--format', 'json')) as Readonly<Record<string, string>>[];
      await until(
        'a task sleeps',
        async () => (await listed('tasks', '-f', 'name=sleep', '-f', 'state=RUNNING')).length > 0,
      );
      const [[sleeping], ran, failed, summary, memory, top, logs, timeline] = await Promise.all([
        listed('tasks', '--filter', 'name=sleep'),
        listed('tasks', '--filter', 'name=where'),
        listed('tasks', '--filter', 'state=FAILED', '--filter', 'name=refuse'),
        told('summary', 'actors', '--filter', 'className=Keeper'),
        told('memory'),
        told('top'),
        told('logs', '--search', 'ran '),
        told('timeline', '-o', '-'),
      ]);
      expect(new Set(ran.map(({ nodeId }) => nodeId)).size).toBe(3);
      expect(failed).toMatchObject([{ error: { type: 'RangeError', message: 'refused' } }]);
      expect(summary).toMatch(/\nKeeper +1 +1 ALIVE +4 /);
      expect(memory).toMatch(/ 19\.1 MiB .* put by the driver at .*busy\.ts:\d+:\d+ +node [\da-f]{12}$/m);
      expect(top).toMatch(/ first +ALIVE [\s\S]* third +ALIVE [\s\S]* Keeper +4 /);
      expect(logs.match(/^\(where worker-\d+ node=[\da-f]{8}\) ran \d+$/gm)).toHaveLength(12);
      expect(timeline).toContain('"name":"refuse"');
      const { workerId = '', nodeId = '' } = sleeping ?? {};
      const [stack, all, profile] = await Promise.all([
        told('stack', '--worker-id', workerId),
        told('stack', '--node-id', nodeId, '--format', 'json'),
        told('profile', workerId, '--duration', '300', '-o', '-'),
      ]);
      expect(stack).toMatch(/ runs sleep \(task [\da-f]{22}\)\n {4}at sleep \(file:\/\/.*busy\.ts:\d+:\d+\)/);
      expect(new Set((JSON.parse(all) as { nodeId: string }[]).map(stack => stack.nodeId))).toEqual(new Set([nodeId]));
      expect(JSON.parse(profile)).toMatchObject({ samples: expect.any(Array) });
    } finally {
      busy.child.kill('SIGKILL');
      await busy.ended;
    }
  },
  limit,
);

test(
  'nodes and jobs are listed from the control store when no node answers, and what only nodes know is said to be missing',
  async () => {
    const pids = (await command.status()).nodes.filter(({ state }) => state === 'ALIVE').map(({ pid }) => pid);
    const frozen = (signal: NodeJS.Signals) => pids.forEach(pid => void process.kill(pid, signal));
    frozen('SIGSTOP');
    try {
      const [nodes, tasks] = await Promise.all([
        aktis('list', 'nodes', '--filter', 'isHead=true', '--format', 'json'),
        aktis('list', 'tasks'),
      ]);
      expect(nodes).toMatchObject({ status: 0, stderr: expect.stringContaining('No node answers') });
      expect(JSON.parse(nodes.stdout)).toMatchObject([{ name: 'first', isHead: true }]);
      expect(tasks).toMatchObject({ status: 3, stdout: '', stderr: expect.stringMatching(/^aktis list: .+\n$/) });
    } finally {
      frozen('SIGCONT');
    }
    await until('all three nodes are back', async () => {
      const { nodes } = await command.status();
      return nodes.filter(({ state }) => state === 'ALIVE').length === 3;
    });
  },
  limit,
);

test(
  'a working directory is sent to a head that runs elsewhere, without what git ignores',
  async () => {
    const work = join(folder, 'work');
    mkdirSync(join(work, 'node_modules'), { recursive: true });
    writeFileSync(join(work, '.gitignore'), 'data\n');
    writeFileSync(join(work, 'data'), '');
    writeFileSync(join(work, 'run.sh'), '#!/bin/sh\nls -A; pwd\n', { mode: 0o755 });
    // Another user, or another machine: the head is not one of its sessions.
    const [session = ''] = readdirSync(join(home, 'sessions')).filter(name => name.startsWith('head'));
    const token = readFileSync(join(home, 'sessions', session, 'token'), 'utf8').trim();
    const elsewhere = { AKTIS_HOME: join(folder, 'elsewhere'), AKTIS_TOKEN: token };
    const sent = await command.begin(
      ['submit', '--address', address, '--working-dir', work, '--', './run.sh'],
      elsewhere,
    ).ended;
    expect(sent).toMatchObject({ status: 0, stderr: expect.stringMatching(/2 files.*left out: data, node_modules\//) });
    expect(sent.stdout).toMatch(/^\.gitignore\nrun\.sh\n.*\/packages\//s);
    // Nothing of it stays in the control store, and the head of this machine needs none of this.
    expect((await told('submit', '--working-dir', work, '--', 'pwd')).trim()).toBe(work);
    const missing = await aktis('submit', '--upload', '--', 'true');
    expect(missing).toMatchObject({ status: 2, stderr: expect.stringContaining('--working-dir') });
  },
  limit,
);

test(
  'a wrong token, an unreachable address and a busy port are told in a line, soon, with an exit code',
  async () => {
    const wrong = command.begin(['status'], { AKTIS_TOKEN: 'not-the-token-of-this-cluster' });
    expect(await wrong.ended).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(/refused the token.*AKTIS_TOKEN/),
    });
    const joining = command.begin(['start', '--address', address], { AKTIS_TOKEN: 'not-the-token-of-this-cluster' });
    expect(await joining.ended).toMatchObject({ status: 1, stderr: expect.stringMatching(/refused the token/) });

    const unused = `127.0.0.1:${unusedPort}`;
    const nobody = await aktis('status', '--address', unused);
    expect(nobody).toMatchObject({ status: 3, stderr: expect.stringContaining(`No cluster answers at ${unused}`) });
    expect(nobody.stderr.trim().split('\n')).toHaveLength(1);
    const elsewhere = command.begin(['status'], { AKTIS_HOME: join(folder, 'nobody') });
    expect(await elsewhere.ended).toMatchObject({ status: 3, stderr: expect.stringContaining('aktis start --head') });

    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const busy = String((server.address() as { port: number }).port);
    const start = await aktis('start', '--head', '--port', busy);
    server.close();
    expect(start).toMatchObject({ status: 1, stderr: expect.stringMatching(/in use by .*--port/) });
    expect(await aktis('start', '--head', '--port', String(port))).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(/first of the cluster .* runs in .*aktis stop/),
    });
    expect((await aktis('start')).status).toBe(2);
    expect((await aktis('start', '--head', '--resources', 'tpu')).status).toBe(2);
    expect((await aktis('list', 'planets')).status).toBe(2);
  },
  limit,
);

test(
  'init rejects with AuthenticationError and ClusterUnreachableError',
  async () => {
    command.program(
      'refused.mjs',
      `import { init } from 'aktis';
     const codes = [];
     for (const options of [{ address: '${address}', token: 'not-the-token-of-this-cluster' }, { address: '127.0.0.1:1' }]) {
       await init(options).catch(error => codes.push(error.code, /nats|cluster.dist/.test(error.stack)));
     }
     console.log(codes.join());`,
    );
    expect(await told('run', 'refused.mjs')).toBe(
      'ERR_AKTIS_AUTHENTICATION,false,ERR_AKTIS_CLUSTER_UNREACHABLE,false\n',
    );
  },
  limit,
);

test(
  'with TLS, who has the certificate of the head and its token gets in, and work runs as without',
  async () => {
    const own = { AKTIS_HOME: join(folder, 'encrypted') };
    const inside = async (...args: string[]) => {
      const { status, stdout, stderr } = await command.begin(args, own).ended;
      if (status !== 0) throw new Error(`aktis ${args.join(' ')} ended with ${status}: ${stderr}${stdout}`);
      return stdout;
    };
    try {
      const printed = await inside('start', '--head', '--tls', '--port', '0', '--num-cpus', '1');
      const [, where = ''] = /up at (\S+)\.\n/.exec(printed) ?? [];
      const [, ca = ''] = /CA: +(\S+)/.exec(printed) ?? [];
      const [, token = ''] = /Token: +(\S+)/.exec(printed) ?? [];
      const stranger = { AKTIS_HOME: join(folder, 'stranger') };
      const options = ['--address', where, '--token-file', token];
      const refused = await command.begin(['status', ...options], stranger).ended;
      expect(refused).toMatchObject({ status: 3, stderr: expect.stringContaining('--ca-file') });
      await command.begin(['start', ...options, '--ca-file', ca, '--num-cpus', '1'], stranger).ended;
      command.program(
        'encrypted.mjs',
        `import { get, init, remote, runtimeContext } from 'aktis';
       const where = remote(async function where(i) {
         await new Promise(resolve => setTimeout(resolve, 100));
         return runtimeContext().nodeId;
       });
       await init({ address: 'auto' });
       console.log(new Set(await get([1, 2, 3, 4, 5, 6].map(i => where.remote(i)))).size);`,
      );
      expect(await inside('run', 'encrypted.mjs')).toBe('2\n');
      expect(await inside('submit', '--', process.execPath, bin, 'run', join(command.programs, 'encrypted.mjs'))).toBe(
        '2\n',
      );
      await command.begin(['stop'], stranger).ended;
    } finally {
      await inside('stop');
    }
  },
  limit,
);

test(
  'when a node is killed its tasks run elsewhere, and status says that it is dead and why',
  async () => {
    const started = join(folder, 'started');
    mkdirSync(started);
    command.program(
      'survivor.mjs',
      `import { existsSync, writeFileSync } from 'node:fs';
     import { get, init, remote, runtimeContext } from 'aktis';
     const wait = remote(async function wait(folder, i) {
       const { nodeId } = runtimeContext();
       writeFileSync(\`\${folder}/\${i}-\${nodeId}\`, '');
       while (!existsSync(\`\${folder}/go\`)) await new Promise(resolve => setTimeout(resolve, 20));
       return nodeId;
     });
     await init();
     const spot = wait.options({ resources: { spot: 1 } });
     console.log((await get([0, 1].map(i => spot.remote(${JSON.stringify(started)}, i)))).join());`,
    );
    const { ended } = command.begin(['run', 'survivor.mjs'], { AKTIS_ADDRESS: address });
    await until('both tasks have started', () => readdirSync(started).length === 2);
    const [second, third] = await Promise.all([livingNode('second'), livingNode('third')]);
    process.kill(second?.pid as number, 'SIGKILL');
    const dead = await until('the node is declared dead', async () =>
      (await command.status()).nodes.find(({ nodeId, state }) => nodeId === second?.nodeId && state === 'DEAD'),
    );
    expect(dead.deathReason).toBeTruthy();
    writeFileSync(join(started, 'go'), '');
    expect(await ended).toMatchObject({ status: 0, stdout: `${third?.nodeId},${third?.nodeId}\n` });
  },
  limit,
);

test(
  'a driver that is killed ends as a failed job',
  async () => {
    command.program(
      'hang.mjs',
      `import { init } from 'aktis'; await init(); console.log('in'); setInterval(() => {}, 1000);`,
    );
    const hanging = command.begin(['run', 'hang.mjs'], { AKTIS_ADDRESS: address });
    await hanging.says('in');
    const running = (await command.status()).jobs.find(({ state }) => state === 'RUNNING');
    hanging.child.kill('SIGKILL');
    await hanging.ended;
    await until('the job has failed', async () =>
      (await command.status()).jobs.some(({ jobId, state }) => jobId === running?.jobId && state === 'FAILED'),
    );
  },
  limit,
);

test(
  'a node that was frozen until it was taken for dead joins again as a new one',
  async () => {
    const third = await livingNode('third');
    process.kill(third?.pid as number, 'SIGSTOP');
    await until('the frozen node is declared dead', async () =>
      (await command.status()).nodes.some(({ nodeId, state }) => nodeId === third?.nodeId && state === 'DEAD'),
    );
    process.kill(third?.pid as number, 'SIGCONT');
    const again = await until('it is a member again', () => livingNode('third'));
    expect(again.nodeId).not.toBe(third?.nodeId);
    expect(again.pid).toBe(third?.pid);
  },
  limit,
);

test(
  'a head that was killed comes back with its cluster, and the nodes with it',
  async () => {
    const before = await command.status();
    const head = await livingNode('first');
    process.kill(head?.pid as number, 'SIGKILL');
    await until('its nats-server is gone', () => !isRunning(before.controlStore.pid as number));
    await told('start', '--head', '--port', String(port), '--node-name', 'first', '--num-cpus', '1');
    await until('both nodes are there', async () => (await livingNode('first')) && (await livingNode('third')));
    const after = await command.status();
    expect(after.clusterId).toBe(before.clusterId);
    expect(after.nodes.find(({ nodeId }) => nodeId === head?.nodeId)?.state).toBe('DEAD');
    expect(after.jobs.map(({ jobId }) => jobId)).toEqual(before.jobs.map(({ jobId }) => jobId));
    expect(JSON.parse(await told('run', 'tour.ts'))).toMatchObject({ seen: 2, count: 3 });
  },
  limit,
);

test(
  'stop ends all nodes, and with the head its nats-server',
  async () => {
    const { nodes, controlStore } = await command.status();
    const living = nodes.filter(({ state }) => state === 'ALIVE');
    expect((await told('stop')).trim().split('\n')).toHaveLength(living.length);
    for (const { pid } of living) expect(isRunning(pid)).toBe(false);
    expect(isRunning(controlStore.pid as number)).toBe(false);
    expect(await told('stop')).toBe('There is no node to stop here.\n');
    expect((await aktis('status')).status).toBe(3);
  },
  limit,
);
