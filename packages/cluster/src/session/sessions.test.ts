import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SessionInUseError, SessionLock } from './session-lock.ts';
import {
  forgetSession,
  knownSessions,
  livingSessions,
  newToken,
  readToken,
  registerSession,
  type SessionRecord,
  sessionDirectory,
  tokenFile,
  writeToken,
} from './sessions.ts';

const before = process.env.AKTIS_HOME;
let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'aktis-home-'));
  process.env.AKTIS_HOME = home;
});
afterEach(() => {
  if (before === undefined) delete process.env.AKTIS_HOME;
  else process.env.AKTIS_HOME = before;
  rmSync(home, { recursive: true });
});

/** As if a daemon, this process, had its session there. */
function register(directory: string, startedAt: string): void {
  registerSession({
    directory,
    address: '127.0.0.1:6379',
    nodeId: 'n',
    name: 'a node',
    isHead: false,
    runsServer: false,
    startedAt,
  });
}

/** As if every daemon had been killed: what they wrote stays. */
function killAll(): void {
  for (const name of readdirSync(join(home, 'run'))) {
    const file = join(home, 'run', name);
    const record = JSON.parse(readFileSync(file, 'utf8')) as SessionRecord;
    writeFileSync(file, JSON.stringify({ ...record, process: { ...record.process, startTime: '1' } }));
  }
}

describe('sessions', () => {
  test('are found, the newest first, while their daemon runs', () => {
    const [first, second] = [sessionDirectory(undefined, { port: 1 }), sessionDirectory(undefined, { port: 2 })];
    register(first, '2026-01-01T00:00:00.000Z');
    register(second, '2026-01-02T00:00:00.000Z');
    expect(livingSessions().map(({ directory }) => directory)).toEqual([second, first]);
    forgetSession(second);
    expect(livingSessions().map(({ directory }) => directory)).toEqual([first]);
    killAll();
    expect(livingSessions()).toEqual([]);
    expect(knownSessions()).toHaveLength(1);
  });

  test('and all they keep are private', () => {
    const directory = sessionDirectory(undefined, { port: 1 });
    register(directory, '2026-01-01T00:00:00.000Z');
    writeToken(directory, newToken());
    for (const name of ['', ...readdirSync(home, { recursive: true, encoding: 'utf8' })]) {
      expect([name, lstatSync(join(home, name)).mode & 0o077]).toEqual([name, 0]);
    }
  });

  test('keep their token, which is read only while it is private', () => {
    const directory = sessionDirectory(undefined, undefined);
    expect(readToken(directory)).toBeUndefined();
    const token = newToken();
    writeToken(directory, token);
    expect(readToken(directory)).toBe(token);
    const other = sessionDirectory(undefined, { port: 1 });
    symlinkSync(tokenFile(directory), tokenFile(other));
    expect(() => readToken(other)).toThrow('is no ordinary file: remove it');
    chmodSync(tokenFile(directory), 0o644);
    expect(() => readToken(directory)).toThrow(/is open to other users: chmod 600/);
  });

  test('of nodes that ended days ago are removed, those of heads stay', () => {
    const [old, head, used] = [
      sessionDirectory(undefined, undefined),
      sessionDirectory(undefined, { port: 1 }),
      join(home, 'sessions', 'node-in-use'),
    ];
    mkdirSync(used, { mode: 0o700 });
    register(used, '2026-01-01T00:00:00.000Z');
    for (const directory of [old, head, used]) utimesSync(directory, 1, 1);
    const young = sessionDirectory(undefined, undefined);
    expect([old, head, used, young].map(existsSync)).toEqual([false, true, true, true]);
  });

  test('in a directory that others can write to are refused', () => {
    const [open, link] = [join(home, 'open'), join(home, 'link')];
    mkdirSync(open);
    chmodSync(open, 0o775);
    symlinkSync(home, link);
    expect(() => sessionDirectory(open, undefined)).toThrow(`open to other users: chmod 700 ${open}`);
    expect(() => sessionDirectory(link, undefined)).toThrow('is no ordinary directory');
  });

  test('close a directory that others could only read', () => {
    const given = join(home, 'given');
    mkdirSync(given);
    chmodSync(given, 0o755);
    expect(sessionDirectory(given, undefined)).toBe(given);
    expect(statSync(given).mode & 0o777).toBe(0o700);
  });
});

describe('a session directory', () => {
  let directory: string;
  beforeEach(() => {
    directory = sessionDirectory(undefined, { port: 1 });
  });

  test('that a daemon has registered is refused, with what to do', () => {
    register(directory, '2026-01-01T00:00:00.000Z');
    expect(() => sessionDirectory(undefined, { port: 1 })).toThrow(SessionInUseError);
    expect(() => sessionDirectory(directory, undefined)).toThrow(`(pid ${process.pid}): end it with "aktis stop"`);
  });

  test('belongs to one node', () => {
    const lock = SessionLock.acquire(directory);
    const second = () => SessionLock.acquire(directory);
    expect(second).toThrow(SessionInUseError);
    expect(second).toThrow(`another node (pid ${process.pid}) already uses ${directory}; end it with "aktis stop"`);
    lock.release();
    second().release();
  });

  test('is taken over from a node that was killed, which cannot give it away afterwards', () => {
    const killed = SessionLock.acquire(directory);
    writeFileSync(join(directory, 'lock.1'), JSON.stringify({ pid: process.pid, startTime: '1' }));
    const next = SessionLock.acquire(directory);
    killed.release();
    expect(() => SessionLock.acquire(directory)).toThrow(SessionInUseError);
    next.release();
    writeFileSync(join(directory, 'lock.2'), 'nothing a lock says');
    SessionLock.acquire(directory).release();
    expect(readdirSync(directory)).toEqual(['lock.3']);
  });
});
