import {
  get,
  type ObjectRef,
  type ObjectRefStream,
  put,
  type RemoteDecorator,
  type ReturningDecorator,
  remote,
} from './aktis.ts';
import { exactly } from './expect.ts';

const add = remote(function add(a: number, b = 1) {
  return a + b;
});
const fetchText = remote(async function fetchText(url: string, ...headers: string[]) {
  return url + headers.join();
});
const pair = remote(function pair(): [number, string] {
  return [1, 'a'];
});
const later = remote(async function later(): Promise<readonly [number, string]> {
  return [1, 'a'];
});
const list = remote(function list(): number[] {
  return [];
});
const open = remote(function open(): [number, ...string[]] {
  return [1];
});
const walk = remote(function* walk() {
  yield 1;
});
const stream = remote(async function* stream(): AsyncGenerator<string, number> {
  yield 'a';
  return 1;
});
const iterate = remote(function* iterate(): IterableIterator<boolean> {
  yield true;
});
const nothing = remote(function nothing(): void {});
const fail = remote(function fail(): never {
  throw new Error();
});
// biome-ignore lint/suspicious/noExplicitAny: the point of the test
const anything = remote(function anything(value: any): any {
  return value;
});
const maybe = remote(function maybe(text?: string): string | undefined {
  return text;
});

// remote returns what it was given: the function still runs here.
exactly<number>()(add(1, 2));

// ── results ──
exactly<ObjectRef<number>>()(add.remote(1));
exactly<ObjectRef<string>>()(fetchText.remote('a', 'b', 'c'));
exactly<ObjectRef<void>>()(nothing.remote());
exactly<ObjectRef<never>>()(fail.remote());
// biome-ignore lint/suspicious/noExplicitAny: the point of the test
exactly<ObjectRef<any>>()(anything.remote(1));
exactly<ObjectRef<string | undefined>>()(maybe.remote());
exactly<ObjectRef<number[]>>()(list.remote());
exactly<ObjectRef<[number, ...string[]]>>()(open.remote());

// ── arguments: a value, or a ref of it ──
add.remote(add.remote(1), put(2));
maybe.remote(put('a'));
maybe.remote(put(undefined));
fetchText.remote('a', put('b'), 'c');
// @ts-expect-error a string is no number
add.remote('1');
// @ts-expect-error nor is the ref of one
add.remote(put('1'));
// @ts-expect-error the first argument is missing
add.remote();
// @ts-expect-error one argument too many
add.remote(1, 2, 3);
// @ts-expect-error wrong in the rest
fetchText.remote('a', 1);
// @ts-expect-error a ref is not its value
exactly<number>()(add.remote(1));

// ── several results ──
const [first, second] = pair.remote();
exactly<ObjectRef<number>>()(first);
exactly<ObjectRef<string>>()(second);
const [one, two] = later.remote();
exactly<ObjectRef<number>>()(one);
exactly<ObjectRef<string>>()(two);
const [, , third] = pair.remote();
// @ts-expect-error there is no third
get(third);
// @ts-expect-error a single ref cannot be destructured
const [only] = add.remote(1);
// @ts-expect-error nor that of a list of unknown length
const [item] = list.remote();
const takesPair = remote((both: [number, string]) => both[0]);
takesPair.remote(pair.remote());

// ── streams ──
exactly<ObjectRefStream<number>>()(walk.remote());
exactly<ObjectRefStream<string>>()(stream.remote());
exactly<ObjectRefStream<boolean>>()(iterate.remote());
async function consume() {
  for await (const ref of stream.remote()) exactly<ObjectRef<string>>()(ref);
  // @ts-expect-error only generators are streams
  for await (const ref of add.remote(1)) void ref;
}

// ── options ──
const fast = add.options({ numCpus: 2, name: 'fast', retryExceptions: [RangeError] });
exactly<ObjectRef<number>>()(fast.remote(1));
exactly<ObjectRef<number>>()(add.options(2).options({ timeout: 10 }).remote(1, put(2)));
// @ts-expect-error arguments are checked all the same
fast.remote('1');
exactly<undefined>()(add.options({ numReturns: 0 }).remote(1));
const [left, right] = pair.options({ numReturns: 2 }).remote();
exactly<ObjectRef<number>>()(left);
exactly<ObjectRef<string>>()(right);
const many = list.options({ numReturns: 3 }).remote();
for (const ref of many) exactly<ObjectRef<number>>()(ref);
// @ts-expect-error did you mean numCpus?
add.options({ numCpu: 2 });
// @ts-expect-error an option of actors
add.options({ maxRestarts: 2 });
// @ts-expect-error not a number
add.options({ numCpus: '2' });

// ── forms of remote ──
exactly<ObjectRef<number>>()(remote((x: number) => x * 2, { numCpus: 2 }).remote(1));
exactly<ObjectRef<number>>()(remote((x: number) => x * 2, 2).remote(1));
exactly<ObjectRef<number>>()(remote({ maxRetries: 0 })((x: number) => x * 2).remote(1));
exactly<ObjectRef<number>>()(remote(2)((x: number) => x * 2).remote(1));
remote((x: number) => x, { module: import.meta.url });
remote((): [number, string] => [1, 'a'], { numReturns: 2 });
remote({ numReturns: 2 })((): [number, string] => [1, 'a']);
// @ts-expect-error it returns two
remote((): [number, string] => [1, 'a'], { numReturns: 3 });
// @ts-expect-error it returns one
remote({ numReturns: 2 })((x: number) => x);
// @ts-expect-error an option of actors
remote((x: number) => x, { maxRestarts: 1 });
// @ts-expect-error no function
remote('add');

// ── through generic code ──
function run<A extends readonly unknown[], R>(f: (...args: A) => R, ...args: import('./aktis.ts').Args<A>) {
  return f.remote(...args);
}
exactly<ObjectRef<number>>()(run(add, 1, put(2)));

export { consume, item, only };

// ── what `remote` returns ──
// biome-ignore lint/suspicious/noExplicitAny: what is not known stays so
const unknownFunction: any = add;
// biome-ignore lint/suspicious/noExplicitAny: what is not known stays so
exactly<any>()(remote(unknownFunction));
const wrapped = (<F extends (...args: never[]) => unknown>(fn: F) => remote(fn))(add);
exactly<ObjectRef<number>>()(wrapped.remote(1));
exactly<RemoteDecorator>()(remote({ numCpus: 2 }));
exactly<ReturningDecorator<2>>()(remote({ numReturns: 2 }));
