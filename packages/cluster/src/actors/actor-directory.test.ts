import type { Actor } from '@aktis/actors';
import { MemoryControlStore } from '../memory/memory-control-store.ts';
import { ActorDirectory } from './actor-directory.ts';

const isAlive = (id: string) => !id.startsWith('dead');

async function withRecords(
  ...records: readonly { name: string; ownerNodeId: string; actorId?: string; detached?: boolean }[]
) {
  const store = new MemoryControlStore();
  for (const record of records) {
    const text = JSON.stringify({ namespace: 'space', generation: 1, ...record });
    await store.table('actors').put(`name.space.${record.name}`, text);
  }
  return store;
}

const actor = (name: string, more: Partial<Actor> = {}) =>
  ({
    id: 1,
    name,
    namespace: 'space',
    callable: { options: {}, definition: { key: 'k' } },
    ...more,
  }) as unknown as Actor;

test('an orphan is inherited by one, who has its name and goes by another number; the next generation', async () => {
  const store = await withRecords({ name: 'kept', actorId: 'x', ownerNodeId: 'dead', detached: true });
  const heirs = ['one', 'two'].map(id => new ActorDirectory(store, id, isAlive));
  const found = await Promise.all(heirs.map(heir => heir.orphans()));
  expect(found.map(orphans => orphans.map(({ record }) => record.name))).toEqual([['kept'], ['kept']]);
  const took = await Promise.all(heirs.map((heir, i) => heir.inherit((found[i] as never)[0], 7 + i, 3, 2)));
  expect(took.toSorted()).toEqual([false, true]);
  const [heir, other] = took[0] ? heirs : heirs.toReversed();
  expect(await heir?.find('space', 'kept')).toMatchObject({ generation: 2, restarts: 3, restartsLeft: 2 });
  expect(await heir?.claim(actor('kept', { publicId: 'x' }), 'job', undefined)).toBeNull();
  expect(await other?.claim(actor('kept'), 'job', undefined)).toMatchObject({ ownerNodeId: took[0] ? 'one' : 'two' });
});

test('an heir that dies before it has done anything leaves the orphan to the next one', async () => {
  const store = await withRecords({ name: 'kept', ownerNodeId: 'dead', detached: true });
  const first = new ActorDirectory(store, 'dead too', isAlive);
  await first.inherit((await first.orphans())[0] as never, 1, 1, 1);
  const next = new ActorDirectory(store, 'living', isAlive);
  expect((await next.orphans()).map(({ record }) => [record.name, record.generation])).toEqual([['kept', 2]]);
});

test('who is not known here but a member is not dead', async () => {
  const store = await withRecords({ name: 'new', ownerNodeId: 'dead? no, new' }, { name: 'old', ownerNodeId: 'dead' });
  await store.table('nodes').put('dead? no, new', JSON.stringify({ state: 'ALIVE' }));
  await store.table('nodes').put('dead', JSON.stringify({ state: 'DEAD' }));
  const directory = new ActorDirectory(store, 'living', isAlive);
  const orphans = await directory.orphans();
  expect(orphans.map(({ record }) => record.name)).toEqual(['old']);
  await directory.bury(orphans[0] as never);
  expect((await store.table('actors').list()).map(({ key }) => key)).toEqual(['name.space.new']);
});

test('restarts are written down, and the name is free when the actor has died meanwhile', async () => {
  const store = await withRecords();
  const directory = new ActorDirectory(store, 'living', isAlive);
  const kept = actor('kept', { restarts: 0, restartsLeft: 5 });
  await directory.claim(kept, 'job', undefined);
  kept.restarts = 2;
  await Promise.all([directory.restarted(kept), directory.restarted(kept)]);
  expect(await directory.find('space', 'kept')).toMatchObject({ restarts: 2, restartsLeft: 5 });
  await Promise.all([directory.restarted(kept), directory.free(kept)]);
  expect(await directory.find('space', 'kept')).toBeNull();
});
