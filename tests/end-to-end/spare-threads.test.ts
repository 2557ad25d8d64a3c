import { get, init, kill, listWorkers, remote, runtimeContext, shutdown } from 'aktis';

let loads = 0;
loads++;

@remote({ isolated: true })
class Loner {
  #calls = 0;

  look() {
    return { workerId: runtimeContext().workerId, loads, calls: ++this.#calls };
  }
}

beforeAll(() => init({ numCpus: 1 }));
afterAll(shutdown);

/** The worker that stands by, once it has started. */
async function spare(): Promise<string> {
  for (;;) {
    const idle = (await listWorkers()).filter(({ kind, state }) => kind === 'IDLE' && state === 'ALIVE');
    if (idle.length === 1) return idle[0]?.workerId as string;
    await new Promise(resolve => setTimeout(resolve, 20));
  }
}

test('after the first actor with a thread of its own an idle worker stands by, and the next actor gets it as good as new', async () => {
  const first = Loner.remote();
  await get(first.look.remote());
  const waiting = await spare();
  const second = Loner.remote();
  expect(await get(second.look.remote())).toEqual({ workerId: waiting, loads: 1, calls: 1 });
  const next = await spare();
  expect(next).not.toBe(waiting);
  await kill(second);
  const third = Loner.remote();
  expect(await get(third.look.remote())).toEqual({ workerId: next, loads: 1, calls: 1 });
});

test('an actor sees the environment variables of the moment it was created in', async () => {
  const waiting = await spare();
  process.env.AKTIS_SPARE_TEST = 'later';
  try {
    const { workerId } = await get(Loner.remote().look.remote());
    expect(workerId).not.toBe(waiting);
  } finally {
    delete process.env.AKTIS_SPARE_TEST;
  }
});
