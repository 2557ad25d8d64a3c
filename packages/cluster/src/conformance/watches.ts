/// <reference types="jest" />
import { watchRecorder } from './recorder.ts';
import type { Connect } from './suite.ts';

export function watchTests(connect: Connect): void {
  describe('watches', () => {
    test('tell first what is there, then every change in order', async () => {
      const [here, there] = await Promise.all([connect(), connect()]);
      await there.table('nodes').put('n.1', 'a');
      await there.table('nodes').put('n.2', 'a');
      await there.table('nodes').delete('n.2');
      const recorder = watchRecorder();
      await here.table('nodes').watch(recorder.listener);
      expect(recorder.heard).toEqual(['n.1=a']);
      await there.table('nodes').put('n.3', 'a');
      await there.table('nodes').put('n.1', 'b');
      await there.table('nodes').delete('n.3');
      await there.table('nodes').create('n.3', 'again');
      expect(await recorder.count(5)).toEqual(['n.1=a', 'n.3=a', 'n.1=b', 'n.3 gone', 'n.3=again']);
    });

    test('resolve also when there is nothing', async () => {
      const store = await connect();
      const recorder = watchRecorder();
      await store.table('groups').watch(recorder.listener);
      expect(recorder.heard).toEqual([]);
      await store.table('groups').put('g', '1');
      expect(await recorder.count(1)).toEqual(['g=1']);
    });

    test('tell what starts with their prefix only', async () => {
      const store = await connect();
      const table = store.table('actors');
      for (const key of ['id.1', 'id', 'name.x.a']) await table.put(key, '1');
      const recorder = watchRecorder();
      await table.watch(recorder.listener, 'id.');
      for (const key of ['id.2', 'id2', 'name.x.b', 'id.3']) await table.put(key, '2');
      expect(await recorder.count(3)).toEqual(['id.1=1', 'id.2=2', 'id.3=2']);
    });

    test('hand over revisions that update takes', async () => {
      const table = (await connect()).table('jobs');
      await table.put('j', '1');
      const told: number[] = [];
      await table.watch((_, entry) => told.push(entry?.revision ?? 0));
      expect(await table.update('j', '2', told[0] as number)).toBeGreaterThan(told[0] as number);
    });

    test('tell nothing after their end', async () => {
      const table = (await connect()).table('jobs');
      const [ended, other] = [watchRecorder(), watchRecorder()];
      const end = await table.watch(ended.listener);
      await table.watch(other.listener);
      end();
      end();
      await table.put('j', '1');
      await other.count(1);
      expect(ended.heard).toEqual([]);
    });

    test('bear a listener that throws', async () => {
      const { emitWarning } = process;
      const warnings: unknown[] = [];
      process.emitWarning = (warning: unknown) => void warnings.push(warning);
      const table = (await connect()).table('jobs');
      const [recorder, thrower] = [watchRecorder(), watchRecorder()];
      await table.watch((key, entry) => {
        thrower.listener(key, entry);
        throw new Error('of the listener');
      });
      await table.watch(recorder.listener);
      await table.put('j', '1');
      await table.put('j', '2');
      expect(await recorder.count(2)).toEqual(['j=1', 'j=2']);
      expect(await thrower.count(2)).toEqual(['j=1', 'j=2']);
      process.emitWarning = emitWarning;
      expect(warnings).toHaveLength(2);
    });

    test('lose nothing of a thousand changes of several writers', async () => {
      const [here, there] = await Promise.all([connect(), connect()]);
      const recorder = watchRecorder();
      await here.table('actors').watch(recorder.listener);
      const writes = Array.from({ length: 500 }, (_, i) => [
        here.table('actors').put(`id.${i}`, 'here'),
        there.table('actors').put(`id.x${i}`, 'there'),
      ]);
      await Promise.all(writes.flat());
      expect(new Set(await recorder.count(1000)).size).toBe(1000);
    });
  });
}
