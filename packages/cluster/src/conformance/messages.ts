/// <reference types="jest" />
import { ActorNotFoundError, ControlPlaneUnavailableError } from '@aktis/core';
import type { ControlStore } from '../control-store.ts';
import { NobodyThereError } from '../control-store-errors.ts';
import { maxValueBytes } from '../control-store-limits.ts';
import { Recorder } from './recorder.ts';
import type { Connect } from './suite.ts';

/** What this client subscribed to and serves is known to the store: it is in the order of the client's calls. */
const settled = (store: ControlStore) => store.table('meta').get('settled');

export function messageTests(connect: Connect): void {
  describe('messages', () => {
    test('reach all who listen, in order, the sender too', async () => {
      const [here, there] = await Promise.all([connect(), connect()]);
      const [own, others, all] = [new Recorder<string>(), new Recorder<string>(), new Recorder<string>()];
      here.subscribe('hb.n1', own.hear);
      there.subscribe('hb.*', (message, subject) => others.hear(`${subject}: ${message}`));
      there.subscribe('hb.>', all.hear);
      await settled(there);
      for (let i = 0; i < 100; i++) here.publish('hb.n1', String(i));
      here.publish('hb.n1.deeper', 'last');
      here.publish('other', 'never heard');
      const numbers = Array.from({ length: 100 }, (_, i) => String(i));
      expect(await own.count(100)).toEqual(numbers);
      expect(await others.count(100)).toEqual(numbers.map(n => `hb.n1: ${n}`));
      expect(await all.count(101)).toEqual([...numbers, 'last']);
    });

    test('are not heard after the subscription ended', async () => {
      const store = await connect();
      const [ended, other] = [new Recorder<string>(), new Recorder<string>()];
      store.subscribe('a', ended.hear)();
      store.subscribe('a', other.hear);
      store.publish('a', '1');
      await other.count(1);
      expect(ended.heard).toEqual([]);
    });

    test('with impossible subjects are refused', async () => {
      const store = await connect();
      expect(() => store.publish('a.*', '')).toThrow('is no subject');
      expect(() => store.publish('a b', '')).toThrow('is no subject');
      expect(() => store.subscribe('a.*.b', () => {})).toThrow('is no subject');
      expect(() => store.serve('', () => '')).toThrow('is no subject');
      await expect(store.request('a.>', '', 100)).rejects.toThrow('is no subject');
      expect(() => store.publish('a', 'x'.repeat(maxValueBytes + 1))).toThrow('A message to a has');
    });
  });

  describe('requests', () => {
    test('are answered by who serves them', async () => {
      const [here, there] = await Promise.all([connect(), connect()]);
      there.serve('node.2.ctl', async message => `answer to ${message}`);
      await settled(there);
      expect(await here.request('node.2.ctl', 'question', 5000)).toBe('answer to question');
      expect(await there.request('node.2.ctl', 'own question', 5000)).toBe('answer to own question');
    });

    test('are answered once when several serve them', async () => {
      const [here, there, other] = await Promise.all([connect(), connect(), connect()]);
      let answered = 0;
      for (const store of [there, other]) store.serve('api', () => String(++answered));
      await Promise.all([settled(there), settled(other)]);
      const answers = await Promise.all(Array.from({ length: 20 }, () => here.request('api', '', 5000)));
      expect(answered).toBe(20);
      expect(new Set(answers).size).toBe(20);
    });

    test('reject at once when nobody serves them', async () => {
      const [here, there] = await Promise.all([connect(), connect()]);
      there.subscribe('node.3', () => {});
      there.serve('node.3.ctl', () => '')();
      await settled(there);
      // So long that waiting for it would fail the test.
      for (const subject of ['node.3', 'node.3.ctl']) {
        await expect(here.request(subject, '', 600_000)).rejects.toThrow(NobodyThereError);
      }
    });

    test('reject at once when who served them has closed', async () => {
      const [here, there] = await Promise.all([connect(), connect()]);
      there.serve('node.4', () => 'here');
      await settled(there);
      expect(await here.request('node.4', '', 5000)).toBe('here');
      await there.close();
      await expect(here.request('node.4', '', 600_000)).rejects.toThrow(NobodyThereError);
    });

    test('bring what the answer threw, in its class if it is one of Aktis', async () => {
      const [here, there] = await Promise.all([connect(), connect()]);
      there.serve('own', () => {
        throw new ActorNotFoundError('no such actor');
      });
      there.serve('foreign', async () => {
        throw new TypeError('a defect');
      });
      there.serve('large', () => 'x'.repeat(maxValueBytes + 1));
      await settled(there);
      await expect(here.request('own', '', 5000)).rejects.toThrow(ActorNotFoundError);
      await expect(here.request('own', '', 5000)).rejects.toMatchObject({
        code: 'ERR_AKTIS_ACTOR_NOT_FOUND',
        message: 'no such actor',
      });
      await expect(here.request('foreign', '', 5000)).rejects.toMatchObject({
        code: 'ERR_AKTIS',
        message: 'TypeError: a defect',
      });
      await expect(here.request('large', '', 5000)).rejects.toThrow('The answer of large has');
    });

    test('reject when the time is up', async () => {
      const store = await connect();
      store.serve('slow', () => new Promise(() => {}));
      await settled(store);
      await expect(store.request('slow', '', 100)).rejects.toThrow(ControlPlaneUnavailableError);
    });
  });
}
