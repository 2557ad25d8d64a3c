/// <reference types="jest" />
import { ControlPlaneUnavailableError } from '@aktis/core';
import type { ControlStore } from '../control-store.ts';
import { Recorder, watchRecorder } from './recorder.ts';
import type { ConformanceEngine, Connect } from './suite.ts';

export function outageTests(connect: Connect, engine: () => ConformanceEngine): void {
  describe('outages', () => {
    const lost = (store: ControlStore) => change(store, false);
    const back = (store: ControlStore) => change(store, true);

    test('are told when they begin and end', async () => {
      const store = await connect();
      const heard = new Recorder<boolean>();
      store.onAvailable(heard.hear);
      expect(store.available).toBe(true);
      expect(store.description.state).toBe('CONNECTED');
      await engine().beginOutage();
      await heard.count(1);
      expect(store.available).toBe(false);
      expect(store.description.state).toBe('RECONNECTING');
      await engine().endOutage();
      expect(await heard.count(2)).toEqual([false, true]);
      expect(store.available).toBe(true);
    });

    test('keep what was written; calls made meanwhile wait', async () => {
      const store = await connect({ timeout: 30_000 });
      const table = store.table('jobs');
      const revision = await table.put('j.1', 'before');
      const gone = lost(store);
      await engine().beginOutage();
      await gone;
      const calls = [table.get('j.1'), table.create('j.2', 'new'), table.update('j.1', 'after', revision)] as const;
      await engine().endOutage();
      const [read, created, updated] = await Promise.all(calls);
      expect(read?.key).toBe('j.1');
      expect(created).toBeGreaterThan(0);
      expect(updated).toBeGreaterThan(revision);
      expect((await table.get('j.1'))?.value).toBe('after');
    });

    test('reject calls after their time limit, and no earlier promise hangs', async () => {
      const store = await connect({ timeout: 400 });
      const table = store.table('jobs');
      const gone = lost(store);
      await engine().beginOutage();
      await gone;
      const calls = [
        table.get('a'),
        table.list(),
        table.create('a', '1'),
        table.put('a', '1'),
        table.delete('a'),
        table.watch(() => {}),
        store.request('a', '', 400),
        store.blobs.get('0'.repeat(64)),
      ];
      const outcomes = await Promise.allSettled(calls);
      for (const outcome of outcomes) {
        expect(outcome.status === 'rejected' && outcome.reason).toBeInstanceOf(ControlPlaneUnavailableError);
      }
      const again = back(store);
      await engine().endOutage();
      await again;
      expect(await table.create('a', '1')).toBeGreaterThan(0);
    });

    test('swallow what is published meanwhile', async () => {
      const store = await connect();
      const heard = new Recorder<string>();
      store.subscribe('a', heard.hear);
      const gone = lost(store);
      await engine().beginOutage();
      await gone;
      const again = back(store);
      store.publish('a', 'meanwhile');
      await engine().endOutage();
      await again;
      store.publish('a', 'after');
      expect(await heard.count(1)).toEqual(['after']);
    });

    test('leave subscriptions and services in force', async () => {
      const [here, there] = await Promise.all([connect(), connect()]);
      const heard = new Recorder<string>();
      here.subscribe('a', heard.hear);
      here.serve('b', () => 'still here');
      const gone = Promise.all([lost(here), lost(there)]);
      await engine().beginOutage();
      await gone;
      const again = Promise.all([back(here), back(there)]);
      await engine().endOutage();
      await again;
      await here.table('meta').get('settled');
      there.publish('a', 'after');
      expect(await heard.count(1)).toEqual(['after']);
      expect(await there.request('b', '', 5000)).toBe('still here');
    });

    test('lose no change that a watch should tell', async () => {
      const [here, there] = await Promise.all([connect(), connect({ timeout: 30_000 })]);
      const table = there.table('actors');
      for (let i = 0; i < 10; i++) await table.put(`id.${i}`, 'first');
      const recorder = watchRecorder();
      await here.table('actors').watch(recorder.listener);
      await recorder.count(10);
      const gone = Promise.all([lost(here), lost(there)]);
      await engine().beginOutage();
      await gone;
      const writes = [table.put('id.1', 'second'), table.delete('id.2'), table.create('id.new', 'new')];
      await engine().endOutage();
      await Promise.all(writes);
      await table.put('last', 'one');
      await recorder.until(heard => heard.includes('last=one') && heard.length >= 14);
      expect(recorder.heard.slice(10).toSorted()).toEqual(['id.1=second', 'id.2 gone', 'id.new=new', 'last=one']);
    });

    test('end with close: everything rejects, nothing hangs', async () => {
      const store = await connect({ timeout: 600_000 });
      const gone = lost(store);
      await engine().beginOutage();
      await gone;
      const waiting = store.table('jobs').get('a');
      const outcome = expect(waiting).rejects.toThrow(ControlPlaneUnavailableError);
      await store.close();
      await outcome;
      await engine().endOutage();
    });

    test('aside: a closed store refuses calls', async () => {
      const store = await connect();
      await store.close();
      await store.close();
      expect(store.description.state).toBe('CLOSED');
      await expect(store.table('jobs').get('a')).rejects.toThrow('was closed by this program');
      await expect(store.request('a', '', 100)).rejects.toThrow(ControlPlaneUnavailableError);
      expect(() => store.subscribe('a', () => {})).toThrow('was closed');
      expect(() => store.publish('a', '')).not.toThrow();
    });
  });
}

function change(store: ControlStore, to: boolean): Promise<void> {
  return new Promise(resolve => {
    const off = store.onAvailable(available => {
      if (available !== to) return;
      off();
      resolve();
    });
  });
}
