import { MemoryControlStore } from '../memory/memory-control-store.ts';
import { TableHealth } from './table-health.ts';

function setUp() {
  const store = new MemoryControlStore();
  const state = { writes: true, free: 2 ** 30, exists: true, said: [] as string[] };
  const table = store.table('meta');
  store.table = () => ({
    ...table,
    update: async () => undefined,
    put: async () => {
      if (!state.writes) throw new Error('no space left on device');
      return 1;
    },
  });
  const actions = {
    renew: async () => void state.said.push('renewed'),
    warn: (text: string) => void state.said.push(text),
    giveUp: (reason: string) => void state.said.push(reason),
  };
  const disk = { exists: () => state.exists, freeBytes: () => state.free };
  return { state, health: new TableHealth(store, '/session', actions, disk) };
}

test('a server that writes nothing any more is started again once its disk has room', async () => {
  const { state, health } = setUp();
  await health.look();
  state.writes = false;
  state.free = 0;
  for (let i = 0; i < 4; i++) await health.look();
  expect(state.said).toEqual([expect.stringContaining('The disk of /session is full')]);
  state.free = 2 ** 30;
  await health.look();
  expect(state.said.slice(1)).toEqual([expect.stringContaining('started again'), 'renewed']);
  state.writes = true;
  await health.look();
  expect(state.said).toHaveLength(3);
});

test('one failure is none', async () => {
  const { state, health } = setUp();
  for (const writes of [false, true, false, true]) {
    state.writes = writes;
    await health.look();
  }
  expect(state.said).toEqual([]);
});

test('a head whose session directory was removed has nothing left to be the head of', async () => {
  const { state, health } = setUp();
  state.exists = false;
  await health.look();
  expect(state.said).toEqual([expect.stringContaining('/session was removed')]);
});
