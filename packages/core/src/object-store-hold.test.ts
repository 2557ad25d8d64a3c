import { type Demand, Urgency } from './demand.ts';
import { ObjectLostError } from './errors.ts';
import { LocalArrivals } from './local-arrivals.ts';
import { ObjectEntry } from './object-entry.ts';
import { ObjectStore } from './object-store.ts';

/** An object that lies elsewhere, and comes when the test says so. */
function away(store: ObjectStore) {
  const entry = new ObjectEntry(1) as ObjectEntry;
  const fetches: { readonly demand: Demand; come(): void; fail(error: Error): void }[] = [];
  entry.resolveAway({
    bytes: 5,
    fetch: (_, demand) =>
      new Promise((resolve, reject) => {
        fetches.push({ demand, come: () => resolve('"here"'), fail: reject });
      }),
  });
  const hold = (urgency: Urgency, signal?: AbortSignal) => store.hold([entry], urgency, signal);
  return { entry, fetches, hold };
}

const newStore = () => new ObjectStore(1e6, '/nowhere');

test('one fetch serves all who want the object, and is as urgent as the most urgent of them', async () => {
  const { entry, fetches, hold } = away(newStore());
  const stop = new AbortController();
  const first = hold(Urgency.argument);
  const second = hold(Urgency.get, stop.signal);
  const third = hold(Urgency.wait);
  expect([fetches.length, fetches[0]?.demand.urgency]).toEqual([1, Urgency.get]);
  stop.abort(new Error('enough'));
  await expect(second).rejects.toThrow('enough');
  expect(fetches[0]?.demand.urgency).toBe(Urgency.wait);
  fetches[0]?.come();
  await Promise.all([first, third]);
  expect([entry.state, entry.payload, entry.source]).toEqual(['ready', '"here"', null]);
});

test('what was dropped because nobody wanted it is fetched anew when somebody does', async () => {
  const { entry, fetches, hold } = away(newStore());
  const stop = new AbortController();
  const first = hold(Urgency.get, stop.signal);
  const { demand, fail } = fetches[0] as (typeof fetches)[number];
  demand.onChanged = () => {
    expect(demand.urgency).toBe(undefined);
    demand.isDropped = true;
    fail(new Error('dropped'));
  };
  stop.abort();
  await expect(first).rejects.toThrow();
  const again = hold(Urgency.get);
  expect([fetches.length, demand.isDropped]).toEqual([2, true]);
  fetches[1]?.come();
  (await again).release();
  expect(entry.state).toBe('ready');
});

test('what a wait is for counts when it is here, or cannot come', async () => {
  const store = newStore();
  const [one, other] = [away(store), away(store)];
  const arrivals = new LocalArrivals(store);
  const coming = [arrivals.bring(one.entry), arrivals.bring(other.entry)];
  expect([one.fetches[0]?.demand.urgency, arrivals.isHere(one.entry)]).toEqual([Urgency.wait, false]);
  one.fetches[0]?.come();
  other.fetches[0]?.fail(new ObjectLostError('it is lost'));
  await Promise.all(coming);
  expect([arrivals.isHere(one.entry), arrivals.isHere(other.entry)]).toEqual([true, true]);
});
