import { MemoryControlStore } from '../memory/memory-control-store.ts';
import { ActorDirectory } from './actor-directory.ts';

test('the names of a node that died are free; what can be constructed again is handed to one of the others', async () => {
  const store = new MemoryControlStore();
  const table = store.table('actors');
  const actor = (name: string, ownerNodeId: string, more: object) =>
    table.put(`name.space.${name}`, JSON.stringify({ name, namespace: 'space', ownerNodeId, ...more }));
  await actor('plain', 'dead', { detached: false });
  await actor('lost', 'dead', { detached: true });
  await actor('orphan', 'dead', { detached: true, spec: '{}' });
  await actor('other', 'living', { detached: false });
  const found = await Promise.all(
    ['one', 'two'].map(async nodeId => {
      const names: unknown[] = [];
      for await (const { name } of new ActorDirectory(store, nodeId, id => id !== 'dead').orphans('dead'))
        names.push(name);
      return names;
    }),
  );
  expect(found.flat()).toEqual(['orphan']);
  expect((await table.list()).map(({ key }) => key)).toEqual(['name.space.other']);
});
