import type { Table } from '../control-store.ts';
import { MemoryControlStore } from '../memory/memory-control-store.ts';
import { KeptRecords } from './kept-records.ts';

interface Thing {
  readonly ownerNodeId: string;
  readonly n: number;
}

let store: MemoryControlStore;
let things: KeptRecords<Thing>;
/** So many writes are done, and never acknowledged. */
let unacknowledged = 0;

beforeEach(() => {
  store = new MemoryControlStore();
  const table = store.table('groups');
  const inDoubt =
    <Args extends unknown[], Result>(write: (...args: Args) => Promise<Result>) =>
    async (...args: Args): Promise<Result> => {
      const result = await write.apply(table, args);
      if (unacknowledged-- > 0) throw new Error('the control store did not answer in time');
      return result;
    };
  const methods = { create: inDoubt(table.create), update: inDoubt(table.update), delete: inDoubt(table.delete) };
  const shaky: Table = Object.assign(Object.create(table), {
    ...methods,
    get: table.get.bind(table),
    list: table.list.bind(table),
  });
  unacknowledged = 0;
  things = new KeptRecords(Object.create(store, { table: { value: () => shaky } }), 'groups', '', 'me', () => true);
});
afterEach(() => store.close());

test('what was written and never acknowledged still belongs to this node, which can create it again, change and remove it', async () => {
  unacknowledged = 1;
  await expect(things.create('a', { ownerNodeId: 'me', n: 1 })).rejects.toThrow();
  expect(await things.create('a', { ownerNodeId: 'me', n: 1 })).toBeUndefined();
  unacknowledged = 1;
  await expect(things.change('a', thing => ({ ...thing, n: 2 }))).rejects.toThrow();
  await things.change('a', thing => ({ ...thing, n: thing.n + 10 }));
  expect(await things.find('a')).toEqual({ ownerNodeId: 'me', n: 12 });
  unacknowledged = 1;
  await expect(things.change('a', thing => ({ ...thing, n: 3 }))).rejects.toThrow();
  await things.remove('a');
  expect(await things.find('a')).toBeNull();
});

test('what another node has taken over is neither changed nor removed', async () => {
  await things.create('a', { ownerNodeId: 'me', n: 1 });
  await store.table('groups').put('a', JSON.stringify({ ownerNodeId: 'heir', n: 1 }));
  await things.change('a', thing => ({ ...thing, n: 2 }));
  await things.remove('a');
  expect(await things.find('a')).toEqual({ ownerNodeId: 'heir', n: 1 });
});

test('several changes at once are all made, and none brings back what was removed meanwhile', async () => {
  await things.create('a', { ownerNodeId: 'me', n: 0 });
  const more = () => things.change('a', thing => ({ ...thing, n: thing.n + 1 }));
  await Promise.all([more(), more(), more()]);
  expect(await things.find('a')).toEqual({ ownerNodeId: 'me', n: 3 });
  await Promise.all([more(), more(), things.remove('a')]);
  expect(await things.find('a')).toBeNull();
});
