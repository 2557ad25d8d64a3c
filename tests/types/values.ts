import { asCompleted, cancel, get, init, type ObjectRef, put, remote, wait } from './aktis.ts';
import { exactly } from './expect.ts';

const number = put(1);
const text = put('a');
const pair = remote((): [number, string] => [1, 'a']);
const walk = remote(function* walk() {
  yield 1;
});

async function main() {
  exactly<ObjectRef<number>>()(number);
  exactly<number>()(await get(number));
  exactly<[number, string]>()(await get([number, text]));
  exactly<[number, string]>()(await get([number, text] as const, { timeout: 100 }));
  const refs = [1, 2].map(value => put(value));
  exactly<number[]>()(await get(refs));
  exactly<[number, string]>()(await get(pair.remote()));
  exactly<number[]>()(await get(walk.remote()));
  exactly<[number[], [number, string]]>()(await get([walk.remote(), pair.remote()]));
  exactly<ObjectRef<{ deep: ObjectRef<number> }>>()(put({ deep: number }));

  const [ready, pending] = await wait([number, text], { numReturns: 1, timeout: 5, fetchLocal: false });
  exactly<(ObjectRef<number> | ObjectRef<string>)[]>()(ready);
  exactly<(ObjectRef<number> | ObjectRef<string>)[]>()(pending);
  for await (const ref of asCompleted(refs)) exactly<ObjectRef<number>>()(ref);
  await cancel(number, { force: true });

  // Not a promise: awaiting gives the ref itself, and async functions return it unharmed.
  exactly<ObjectRef<number>>()(await number);
  const made = (async () => number)();
  exactly<Promise<ObjectRef<number>>>()(made);
  // @ts-expect-error nothing to wait for
  number.then;

  // @ts-expect-error a value is no ref
  await get(1);
  // @ts-expect-error nor are values in a list
  await get([1]);
  // @ts-expect-error did you mean timeout?
  await get(number, { timout: 1 });
  // @ts-expect-error no ref
  await wait([1]);

  // A ref of a derived type is one of its base.
  const wide: ObjectRef<number | string> = number;
  // @ts-expect-error but not the other way round
  const narrow: ObjectRef<1> = number;
  void [wide, narrow];

  await using session = await init({ numCpus: 2, transport: 'inline', labels: { zone: 'a' } });
  exactly<string>()(session.nodeId);
  exactly<string | undefined>()(session.dashboardUrl);
  // @ts-expect-error did you mean numCpus?
  await init({ numCpu: 2 });
  // @ts-expect-error tcp is not for users
  await init({ transport: 'tcp' });
}

export { main };
