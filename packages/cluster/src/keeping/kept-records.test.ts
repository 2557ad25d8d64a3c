import { MemoryControlStore } from '../memory/memory-control-store.ts';
import { KeptRecords } from './kept-records.ts';

interface Thing {
  readonly ownerNodeId: string;
  readonly thing: string;
  readonly size: number;
}

/** A table of which the next write is done, but its answer is lost with the store. */
class Lossy {
  readonly store = new MemoryControlStore();
  losesNext: 'create' | 'update' | undefined;

  recordsOf(nodeId: string, living: readonly string[] = ['a', 'b']): KeptRecords<Thing> {
    const table = this.store.table('groups');
    const write = (kind: 'create' | 'update') => async (key: string, value: string, revision: number) => {
      const written = kind === 'create' ? await table.create(key, value) : await table.update(key, value, revision);
      if (this.losesNext !== kind) return written;
      this.losesNext = undefined;
      throw new Error('the store is away');
    };
    const lossy = {
      get: (key: string) => table.get(key),
      list: (prefix?: string) => table.list(prefix),
      delete: (key: string, revision?: number) => table.delete(key, revision),
      create: write('create'),
      update: write('update'),
    };
    const store = { table: (name: string) => (name === 'groups' ? lossy : this.store.table('nodes')) } as never;
    return new KeptRecords(
      store,
      'groups',
      '',
      nodeId,
      id => living.includes(id),
      ({ thing }) => thing,
    );
  }

  async keys(): Promise<string[]> {
    return (await this.store.table('groups').list()).map(({ key }) => key);
  }
}

const thing = (ownerNodeId: string, size = 1): Thing => ({ ownerNodeId, thing: 'cup', size });

test('what was created though the answer was lost is found to be its own, and can be removed', async () => {
  const lossy = new Lossy();
  const records = lossy.recordsOf('a');
  lossy.losesNext = 'create';
  await expect(records.create('k', thing('a'))).rejects.toThrow('away');
  expect(await records.create('k', thing('a'))).toBeUndefined();
  await records.remove('k');
  expect(await lossy.keys()).toEqual([]);
});

test('what was created though the answer was lost is removed by whoever gives up', async () => {
  const lossy = new Lossy();
  const records = lossy.recordsOf('a');
  lossy.losesNext = 'create';
  await expect(records.create('k', thing('a'))).rejects.toThrow('away');
  await records.remove('k');
  expect(await lossy.keys()).toEqual([]);
});

test('what was changed though the answer was lost can be changed again, and removed', async () => {
  const lossy = new Lossy();
  const records = lossy.recordsOf('a');
  await records.create('k', thing('a'));
  lossy.losesNext = 'update';
  await expect(records.change('k', record => ({ ...record, size: 2 }))).rejects.toThrow('away');
  await records.change('k', record => ({ ...record, size: record.size + 1 }));
  expect(await records.find('k')).toEqual(thing('a', 3));
  await records.remove('k');
  expect(await lossy.keys()).toEqual([]);
});

test('what was inherited though the answer was lost is an orphan still, as it was before', async () => {
  const lossy = new Lossy();
  await lossy.recordsOf('dead').create('k', thing('dead'));
  const heir = lossy.recordsOf('a');
  const [orphan] = await heir.orphans();
  lossy.losesNext = 'update';
  await expect(heir.inherit(orphan as never, { size: 2 })).rejects.toThrow('away');
  const [again] = await heir.orphans();
  expect(again?.record).toEqual(thing('dead', 1));
  expect(await heir.inherit(again as never, { size: 2 })).toBe(true);
  expect(await heir.orphans()).toEqual([]);
  await heir.remove('k');
  expect(await lossy.keys()).toEqual([]);
});

test('what another node has taken over is neither changed nor removed', async () => {
  const lossy = new Lossy();
  const records = lossy.recordsOf('a');
  await records.create('k', thing('a'));
  const heir = lossy.recordsOf('b', ['b']);
  await heir.inherit((await heir.orphans())[0] as never, {});
  await records.change('k', record => ({ ...record, size: 9 }));
  await records.remove('k');
  expect(await heir.find('k')).toEqual(thing('b'));
});

test('who comes after one that is being removed waits for that, and is not removed with it', async () => {
  const lossy = new Lossy();
  const records = lossy.recordsOf('a');
  await records.create('k', thing('a'));
  const removed = records.remove('k');
  expect(await records.create('k', { ...thing('a'), thing: 'jug' })).toBeUndefined();
  await removed;
  expect(await records.find('k')).toMatchObject({ thing: 'jug' });
});

test('several changes at once are all made, and none brings back what was removed meanwhile', async () => {
  const records = new Lossy().recordsOf('a');
  await records.create('k', thing('a', 0));
  const more = () => records.change('k', record => ({ ...record, size: record.size + 1 }));
  await Promise.all([more(), more(), more()]);
  expect(await records.find('k')).toEqual(thing('a', 3));
  await Promise.all([more(), more(), records.remove('k')]);
  expect(await records.find('k')).toBeNull();
});
