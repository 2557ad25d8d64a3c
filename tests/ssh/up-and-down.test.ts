import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { AktisCommand, bin, freePorts, until } from '../cluster/support/aktis-command.ts';

// `aktis up` and `down` against an OpenSSH server of the test's own: its key, its configuration, its port, on loopback.

const limit = 180_000;
const aktis = new AktisCommand();
const folder = aktis.folder;
const remoteHome = join(folder, 'remote');
let server: ChildProcess;
let sshPort: number;
let headPort: number;

const file = (name: string) => join(folder, name);

function key(name: string): string {
  const { status, stderr } = spawnSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', file(name)], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`ssh-keygen: ${stderr}`);
  return file(name);
}

beforeAll(async () => {
  [sshPort = 0, headPort = 0] = await freePorts(2);
  const [hostKey, userKey] = [key('host'), key('user')];
  key('stranger');
  writeFileSync(file('authorized_keys'), readFileSync(`${userKey}.pub`, 'utf8'), { mode: 0o600 });
  mkdirSync(remoteHome, { mode: 0o700 });
  // The command as it would be installed there, which lives where the test looks.
  writeFileSync(file('aktis'), `#!/bin/sh\nexport AKTIS_HOME=${remoteHome}\nexec ${process.execPath} ${bin} "$@"\n`, {
    mode: 0o755,
  });
  writeFileSync(
    file('sshd_config'),
    [
      `Port ${sshPort}`,
      'ListenAddress 127.0.0.1',
      `HostKey ${hostKey}`,
      `PidFile ${file('sshd.pid')}`,
      `AuthorizedKeysFile ${file('authorized_keys')}`,
      'StrictModes no',
      'PasswordAuthentication no',
      'KbdInteractiveAuthentication no',
      'PermitRootLogin prohibit-password',
      'UsePAM no',
      'MaxStartups 50',
    ].join('\n'),
  );
  // It separates its rights there; a service's start would make it.
  mkdirSync('/run/sshd', { recursive: true });
  server = spawn('/usr/sbin/sshd', ['-D', '-e', '-f', file('sshd_config')], { stdio: 'ignore' });
  await until('it listens', () => {
    return new Promise<boolean>(resolve => {
      const socket = connect(sshPort, '127.0.0.1', () => {
        socket.destroy();
        resolve(true);
      }).on('error', () => resolve(false));
    });
  });
}, limit);

afterAll(async () => {
  await aktis.run(['stop', '--grace', '10'], { AKTIS_HOME: remoteHome });
  server.kill();
  await aktis.end();
}, limit);

/** A cluster file; `more` follows it. */
function clusterFile(more = '', keyFile = 'user'): string {
  const text = `cluster_name: lab
provider: { type: local, head_ip: 127.0.0.1, worker_ips: [localhost] }
auth:
  ssh_user: ${userInfo().username}
  ssh_private_key: ${file(keyFile)}
  ssh_port: ${sshPort}
env: { GREETING: "it's here" }
${more}`;
  writeFileSync(file('cluster.yaml'), text);
  return file('cluster.yaml');
}

const starts = () => `head_start_commands:
  - ${file('aktis')} start --head --tls --port ${headPort} --num-cpus 1 --node-name head
worker_start_commands:
  - ${file('aktis')} start --address $AKTIS_HEAD_ADDRESS --num-cpus 1 --node-name "worker on $AKTIS_NODE_IP"
stop_commands:
  - ${file('aktis')} stop --address $AKTIS_HEAD_ADDRESS
`;

test(
  'a cluster comes up as its file says, runs what it is told, and goes down',
  async () => {
    writeFileSync(file('program.txt'), 'the program');
    const path = clusterFile(`${starts()}
initialization_commands:
  - echo "$GREETING" > ${file('greeting')}
file_mounts:
  ${file('mounted')}/program.txt: program.txt
setup_commands:
  - cat ${file('mounted')}/program.txt > ${file('set-up')}
head_setup_commands:
  - touch ${file('head-was-set-up')}
worker_setup_commands:
  - touch ${file('worker-was-set-up')}
`);
    const up = await aktis.run(['up', path]);
    expect(up.stderr).toBe('');
    expect(up.status).toBe(0);
    expect(up.stdout).toContain(`The cluster is up at 127.0.0.1:${headPort}.`);
    expect(up.stdout).toContain('[localhost] The node has joined the cluster');
    expect(readFileSync(file('greeting'), 'utf8')).toBe("it's here\n");
    expect(readFileSync(file('set-up'), 'utf8')).toBe('the program');
    for (const name of ['head-was-set-up', 'worker-was-set-up']) expect(existsSync(file(name))).toBe(true);

    // What `up` printed lets this machine in, with the token and the certificate that it keeps.
    const [, look = ''] = /Look: +aktis (status .*)/.exec(up.stdout) ?? [];
    const { stdout } = await aktis.run([...look.split(' '), '--format', 'json']);
    const { nodes } = JSON.parse(stdout) as { nodes: { name: string; state: string }[] };
    expect(nodes.map(({ name, state }) => `${name} ${state}`).toSorted()).toEqual([
      'head ALIVE',
      'worker on localhost ALIVE',
    ]);

    const exec = await aktis.run([
      'exec',
      path,
      `echo "$AKTIS_ADDRESS $GREETING"; ${file('aktis')} list nodes; exit 7`,
    ]);
    expect(exec.status).toBe(7);
    expect(exec.stdout).toMatch(/^auto it's here\n[\s\S]*worker on localhost/);
    const attach = aktis.begin(['attach', path]);
    attach.child.stdin?.write('echo "attached: $AKTIS_ADDRESS"; exit 3\n');
    expect(await attach.ended).toMatchObject({ status: 3, stdout: expect.stringContaining('attached: auto') });

    const again = await aktis.run(['up', path]);
    expect(again).toMatchObject({ status: 1, stderr: expect.stringContaining('end it with "aktis stop"') });

    expect(await aktis.run(['down', path])).toMatchObject({ status: 0 });
    expect((await aktis.run(look.split(' '))).status).toBe(3);
    expect(await aktis.run(['down', path])).toMatchObject({ status: 0 });
  },
  limit,
);

test(
  'a failure names the machine, the command and what it said',
  async () => {
    const failing = clusterFile('setup_commands:\n  - echo half way; echo no such thing >&2; exit 9\n');
    expect(await aktis.run(['up', failing])).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(
        /On 127\.0\.0\.1, "echo half way.*" ended with exit code 9:\n {2}half way\n {2}no such thing/,
      ),
    });
    const endless = clusterFile('setup_commands:\n  - sleep 600\n');
    expect(await aktis.run(['up', endless, '--timeout', '2'])).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('On 127.0.0.1, "sleep 600" did not end within 2 s'),
    });
    const refused = clusterFile('setup_commands: [ls]\n', 'stranger');
    const { status, stderr } = await aktis.run(['up', refused]);
    expect(status).toBe(1);
    expect(stderr).toMatch(
      /The machine 127\.0\.0\.1 could not be reached by ssh as .*@127\.0\.0\.1:\n {2}.*Permission denied/,
    );
    const missing = clusterFile(`file_mounts: { /tmp/x: nothing-there }\n`);
    expect((await aktis.run(['up', missing])).stderr).toContain(`there is no ${file('nothing-there')} on this machine`);
    expect(await aktis.run(['exec', clusterFile('', 'stranger'), 'ls'])).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('could not be reached by ssh'),
    });
    expect((await aktis.run(['up', file('nothing.yaml')])).stderr).toContain('There is no file');
    expect(await aktis.run(['up', clusterFile('colour: red\n')])).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('cluster.yaml:8: "colour": it is not known here'),
    });
  },
  limit,
);
