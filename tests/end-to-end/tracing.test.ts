import { get, init, remote, shutdown } from 'aktis';

interface Span {
  readonly name: string;
  readonly kind: number | undefined;
  readonly attributes: Readonly<Record<string, string>>;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly errors: readonly string[];
  readonly hasEnded?: boolean;
}

interface Tracing {
  readonly spans: Span[];
  inSpan<T>(name: string, code: () => T): T;
}

const setup = new URL('../fixtures/tracing.mjs', import.meta.url).href;
const tracing = (await import(setup)) as Tracing;

/** What the worker that answers has recorded, itself left out. */
async function recorded(): Promise<Span[]> {
  const { spans } = (await import(setup)) as Tracing;
  return spans.map(({ name, kind, attributes, traceId, spanId, parentSpanId, errors, hasEnded }) => ({
    name,
    kind,
    attributes,
    traceId,
    spanId,
    ...(parentSpanId !== undefined && { parentSpanId }),
    errors,
    ...(hasEnded !== undefined && { hasEnded }),
  }));
}

const inner = remote(function inner() {
  return 1;
});
const outer = remote(async function outer() {
  await new Promise(resolve => setTimeout(resolve, 1));
  return get(inner.remote());
});
const fail = remote(
  function fail() {
    throw new Error('as expected');
  },
  { maxRetries: 0 },
);

@remote()
class Recorder {
  hello(): string {
    return 'hello';
  }

  spans(): Promise<Span[]> {
    return recorded();
  }
}
const taskSpans = remote(function taskSpans() {
  return recorded();
});

beforeEach(() => {
  tracing.spans.length = 0;
  return init({ numCpus: 1, logToDriver: false, runtimeEnv: { setup } });
});
afterEach(() => shutdown());

function find(spans: readonly Span[], name: string): Span {
  const found = spans.find(span => span.name === name);
  if (found === undefined) throw new Error(`There is no span ${name} among ${spans.map(span => span.name).join(', ')}`);
  return found;
}

test('a call inside of a span goes on with the trace in the worker, and so do calls from there', async () => {
  const ref = tracing.inSpan('request', () => outer.remote());
  await get(ref);
  const here = tracing.spans;
  const there = await get(taskSpans.remote());
  const [request, sent] = [find(here, 'request'), find(here, 'outer.remote')];
  const [outerRun, innerSent, innerRun] = ['outer', 'inner.remote', 'inner'].map(name => find(there, name)) as [
    Span,
    Span,
    Span,
  ];
  expect(sent).toMatchObject({ kind: 3, parentSpanId: request.spanId, hasEnded: true });
  expect(outerRun).toMatchObject({ kind: 4, parentSpanId: sent.spanId, hasEnded: true });
  expect(innerSent.parentSpanId).toBe(outerRun.spanId);
  expect(innerRun.parentSpanId).toBe(innerSent.spanId);
  expect(new Set([request, sent, outerRun, innerSent, innerRun].map(({ traceId }) => traceId)).size).toBe(1);
  expect(outerRun.attributes).toMatchObject({ 'aktis.task.id': ref.id, 'aktis.worker.id': expect.any(String) });
});

test('constructors and methods belong to it too', async () => {
  const recorder = tracing.inSpan('request', () => {
    const made = Recorder.remote();
    return { made, ref: made.hello.remote() };
  });
  await get(recorder.ref);
  const spans = await get(recorder.made.spans.remote());
  const here = tracing.spans;
  expect(find(spans, 'Recorder').parentSpanId).toBe(find(here, 'Recorder.constructor.remote').spanId);
  const method = find(spans, 'Recorder.hello');
  expect(method.parentSpanId).toBe(find(here, 'Recorder.hello.remote').spanId);
  expect(method.attributes['aktis.actor.id']).toEqual(expect.any(String));
});

test('what fails is recorded as such', async () => {
  await expect(get(tracing.inSpan('request', () => fail.remote()))).rejects.toThrow('as expected');
  expect(find(await get(taskSpans.remote()), 'fail')).toMatchObject({ errors: ['as expected'], hasEnded: true });
});

test('a call outside of any span makes none', async () => {
  await get(outer.remote());
  expect(tracing.spans).toEqual([]);
  expect(await get(taskSpans.remote())).toEqual([]);
});
