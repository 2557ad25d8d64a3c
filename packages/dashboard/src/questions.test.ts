import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  AktisError,
  AuthenticationError,
  ClusterUnreachableError,
  InvalidOptionError,
  WorkerDiedError,
} from '@aktis/core';
import { Access } from './access.ts';
import { askDashboard } from './question-client.ts';
import { DashboardServer } from './server.ts';

// The command line asks, and the dashboard's server answers.

let answer: (question: string, value: unknown) => unknown;
let server: DashboardServer;
let door: { url: string; token: string };
let asked: string[];
beforeAll(async () => {
  const ask = async (question: string, value: unknown) => {
    asked.push(question);
    return answer(question, value);
  };
  const source = { ask, sessionId: '0123456789abcdef', address: 'local', startedAt: new Date(0) };
  const place = { host: '127.0.0.1', url: 'http://127.0.0.1' };
  server = await DashboardServer.create(source, new Access(source.sessionId, 'secret'), place);
  door = { url: await listen(server.http), token: 'secret' };
});
beforeEach(() => {
  asked = [];
  answer = () => 'answered';
});
afterAll(async () => {
  server.http.close();
  await server.close();
});

async function listen(http: Server): Promise<string> {
  await once(http.listen(0, '127.0.0.1'), 'listening');
  return `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
}

const ask = (question: string, value: unknown = {}, limit = 10_000) => askDashboard(door, question, value, limit);
const own = () => asked.filter(question => question !== 'series' && question !== 'state');

test('a question travels with its value, and the answer comes back as it is', async () => {
  answer = (_, value) => ({ value, nothing: null, list: [1] });
  const query = { workerId: 'w1', after: { n1: 5 } };
  expect(await ask('log', query)).toEqual({ value: query, nothing: null, list: [1] });
  expect(await ask('timeline', null)).toMatchObject({ value: {} });
  answer = () => null;
  expect(await ask('timeline')).toBeNull();
});

test.each(['cancel', 'heapSnapshot', 'reserve', 'constructor', '__proto__', '../status', 'state/x', ''])(
  'the question "%s", which may change something or is none, is not asked',
  async question => {
    await expect(ask(question)).rejects.toThrow(AktisError);
    expect(own()).toEqual([]);
  },
);

test('what the answer fails with is told as the same kind of error', async () => {
  const refused = new InvalidOptionError('There is no field stat of tasks; did you mean state?');
  answer = () => Promise.reject(refused);
  await expect(ask('stateSummary')).rejects.toThrow(refused.message);
  await expect(ask('stateSummary')).rejects.toThrow(InvalidOptionError);
  answer = () => Promise.reject(new WorkerDiedError('The worker is gone'));
  await expect(ask('stacks')).rejects.toThrow(WorkerDiedError);
  answer = () => undefined;
  await expect(ask('metrics')).rejects.toThrow("This session does not answer the question 'metrics'");
});

test('without the token nothing is asked', async () => {
  await expect(askDashboard({ ...door, token: 'wrong' }, 'log', {}, 10_000)).rejects.toThrow(AuthenticationError);
  await expect(askDashboard({ ...door, token: '' }, 'log', {}, 10_000)).rejects.toThrow(AuthenticationError);
  expect(own()).toEqual([]);
});

test.each(['[]', '{"value":[]}', '{"value":"x"}', '{"valu":{}}', '"x"', '{'])('the body %s is refused', async body => {
  const headers = { authorization: 'Bearer secret', 'content-type': 'application/json' };
  const { status } = await fetch(`${door.url}/api/questions/log`, { method: 'POST', headers, body });
  expect(status).toBe(400);
  expect(own()).toEqual([]);
});

test('a session that does not answer in time, or is gone, or is none, is unreachable, and it is said which', async () => {
  answer = () => new Promise(() => {});
  await expect(ask('log', {}, 50)).rejects.toThrow(/did not answer within 0\.05 s: its main thread is busy/);
  const other = createServer((_, response) => response.end('<html>'));
  const url = await listen(other);
  const strange = await askDashboard({ url, token: 'x' }, 'log', {}, 10_000).catch(error => error);
  other.closeAllConnections();
  await new Promise(resolve => other.close(resolve));
  expect(strange.message).toContain('is no dashboard of Aktis');
  const gone = askDashboard({ url, token: 'x' }, 'log', {}, 10_000);
  await expect(gone).rejects.toThrow(ClusterUnreachableError);
  await expect(gone).rejects.toThrow(`There is no session at ${url} (any more)`);
});
