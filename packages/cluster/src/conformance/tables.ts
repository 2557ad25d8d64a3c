/// <reference types="jest" />
import type { Table } from '../control-store.ts';
import { maxKeyBytes, maxValueBytes } from '../control-store-limits.ts';
import type { ConformanceEngine, Connect } from './suite.ts';

export function tableTests(connect: Connect, engine: () => ConformanceEngine): void {
  describe('tables', () => {
    let table: Table;
    beforeEach(async () => {
      table = (await connect()).table('actors');
    });

    test('what was put is read, by every client', async () => {
      const revision = await table.put('id.1', '{"a":1}');
      const entry = { key: 'id.1', value: '{"a":1}', revision };
      expect(await table.get('id.1')).toEqual(entry);
      expect(await (await connect()).table('actors').get('id.1')).toEqual(entry);
      expect(await table.get('id.2')).toBeUndefined();
    });

    test('tables have nothing to do with each other', async () => {
      const store = await connect();
      await store.table('nodes').put('key', 'of nodes');
      expect(await store.table('jobs').get('key')).toBeUndefined();
    });

    test('revisions grow with every change', async () => {
      const first = await table.put('a', '1');
      const second = await table.put('b', '1');
      const third = (await table.update('a', '2', first)) as number;
      expect([first, second, third].toSorted((a, b) => a - b)).toEqual([first, second, third]);
      expect(new Set([first, second, third]).size).toBe(3);
    });

    test('create refuses what exists', async () => {
      expect(await table.create('a', 'mine')).toBeGreaterThan(0);
      expect(await table.create('a', 'yours')).toBeUndefined();
      expect((await table.get('a'))?.value).toBe('mine');
    });

    test('what was deleted can be created again', async () => {
      await table.create('a', '1');
      expect(await table.delete('a')).toBe(true);
      expect(await table.get('a')).toBeUndefined();
      expect(await table.create('a', '2')).toBeGreaterThan(0);
      expect((await table.get('a'))?.value).toBe('2');
    });

    test('update wants the newest revision', async () => {
      const first = (await table.create('a', '1')) as number;
      const second = (await table.update('a', '2', first)) as number;
      expect(await table.update('a', '3', first)).toBeUndefined();
      expect(await table.update('a', '3', 0)).toBeUndefined();
      expect(await table.update('b', '1', second)).toBeUndefined();
      expect(await table.get('a')).toEqual({ key: 'a', value: '2', revision: second });
    });

    test('update does not revive what was deleted', async () => {
      const revision = (await table.create('a', '1')) as number;
      await table.delete('a');
      expect(await table.update('a', '2', revision)).toBeUndefined();
      expect(await table.get('a')).toBeUndefined();
    });

    test('delete with a revision wants the newest', async () => {
      const first = await table.put('a', '1');
      const second = await table.put('a', '2');
      expect(await table.delete('a', first)).toBe(false);
      expect((await table.get('a'))?.value).toBe('2');
      expect(await table.delete('a', second)).toBe(true);
      expect(await table.delete('a', second)).toBe(false);
    });

    test('deleting what is not there is fine', async () => {
      expect(await table.delete('nothing')).toBe(true);
    });

    test('list gives what starts with a prefix', async () => {
      await Promise.all(
        ['id.1', 'id.2', 'id2', 'name.x.a', 'name.x.ab', 'name.xy.a'].map(key => table.put(key, `of ${key}`)),
      );
      await table.delete('id.2');
      const keys = async (prefix?: string) => (await table.list(prefix)).map(({ key }) => key).toSorted();
      expect(await keys()).toEqual(['id.1', 'id2', 'name.x.a', 'name.x.ab', 'name.xy.a']);
      expect(await keys('id.')).toEqual(['id.1']);
      expect(await keys('id')).toEqual(['id.1', 'id2']);
      expect(await keys('name.x.a')).toEqual(['name.x.a', 'name.x.ab']);
      expect(await keys('none')).toEqual([]);
      expect((await table.list('id.'))[0]?.value).toBe('of id.1');
    });

    test('keys and values may contain anything', async () => {
      const keys = [
        '.',
        '..',
        'a..b',
        '*',
        '>',
        'a.*',
        'name.my space.Ω/漢:🚀',
        '=',
        '=41',
        'A',
        ' ',
        '\n',
        'k'.repeat(maxKeyBytes),
      ];
      for (const key of keys) await table.put(key, `value of ${key}`);
      for (const key of keys) expect((await table.get(key))?.value).toBe(`value of ${key}`);
      expect((await table.list()).map(({ key }) => key).toSorted()).toEqual(keys.toSorted());
      for (const value of ['', '漢'.repeat(1000), 'x'.repeat(maxValueBytes)]) {
        await table.put('value', value);
        expect((await table.get('value'))?.value).toBe(value);
      }
    });

    test('impossible keys and values are refused with an error that says why', async () => {
      await expect(table.get('')).rejects.toThrow('must not be empty');
      await expect(table.put('k'.repeat(maxKeyBytes + 1), '')).rejects.toThrow(`at most ${maxKeyBytes} bytes`);
      await expect(table.create('\ud800', '')).rejects.toThrow('not well-formed');
      await expect(table.put('a', 'x'.repeat(maxValueBytes + 1))).rejects.toThrow('The value of a in actors has');
    });

    test('of many clients that create the same key exactly one wins', async () => {
      const tables = await Promise.all([connect(), connect(), connect()]).then(all =>
        all.map(store => store.table('actors')),
      );
      for (let round = 0; round < 20; round++) {
        const key = `name.race.${round}`;
        const racers = tables.flatMap((racer, i) =>
          [0, 1, 2].map(n => racer.create(key, `${i}-${n}`).then(won => ({ won, value: `${i}-${n}` }))),
        );
        const winners = (await Promise.all(racers)).filter(({ won }) => won !== undefined);
        expect(winners).toHaveLength(1);
        expect((await table.get(key))?.value).toBe(winners[0]?.value);
      }
    });

    test('no increment by compare-and-set is lost', async () => {
      const tables = await Promise.all([connect(), connect()]).then(all => all.map(store => store.table('meta')));
      await tables[0]?.create('count', '0');
      const increment = async (own: Table) => {
        for (let done = 0; done < 20; ) {
          const entry = await own.get('count');
          if ((await own.update('count', String(Number(entry?.value) + 1), entry?.revision as number)) !== undefined)
            done++;
        }
      };
      await Promise.all(tables.map(increment));
      expect((await tables[0]?.get('count'))?.value).toBe('40');
    });

    test('a lease vanishes unless it is renewed, and can be taken then', async () => {
      const leases = (await connect()).table('leases');
      await leases.put('renewed', '0');
      await leases.create('left', 'old');
      const began = performance.now();
      for (let n = 1; (await leases.get('left')) !== undefined; n++) {
        await leases.put('renewed', String(n));
        await new Promise(resolve => setTimeout(resolve, 50));
      }
      expect(performance.now() - began).toBeGreaterThan(engine().leaseTtl * 0.8);
      expect(await leases.get('renewed')).toBeDefined();
      expect((await leases.list()).map(({ key }) => key)).toEqual(['renewed']);
      expect(await leases.create('left', 'new')).toBeGreaterThan(0);
    });
  });
}
