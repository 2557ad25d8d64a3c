import { get, remote } from 'aktis';
import { Cluster } from 'aktis/testing';

interface Span {
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly attributes: Readonly<Record<string, string>>;
}

interface Tracing {
  readonly spans: Span[];
  inSpan<T>(name: string, code: () => T): T;
}

const setup = new URL('../fixtures/tracing.mjs', import.meta.url).href;
const tracing = (await import(setup)) as Tracing;

const inner = remote(function inner() {
  return 1;
});
const outer = remote(async function outer(there: string) {
  return get(inner.options({ schedulingStrategy: { nodeId: there } }).remote());
});
async function spansHere(): Promise<Span[]> {
  const { spans } = (await import(setup)) as Tracing;
  return spans.map(({ name, traceId, spanId, parentSpanId = '', attributes }) => {
    return { name, traceId, spanId, parentSpanId, attributes };
  });
}
@remote()
class Recorder {
  hello(): string {
    return 'hello';
  }
  spans(): Promise<Span[]> {
    return spansHere();
  }
}
/** What the only worker of a node for tasks has recorded. */
const recorded = remote(function recorded(): Promise<Span[]> {
  return spansHere();
});

let cluster: Cluster;
let [first, second] = ['', ''];
beforeAll(async () => {
  cluster = await Cluster.start({ nodes: [{ numCpus: 1 }, { numCpus: 1 }] });
  await cluster.connect({ runtimeEnv: { setup } });
  [first, second] = cluster.nodes.map(({ id }) => id) as [string, string];
});
afterAll(() => cluster.end());

const on = (nodeId: string) => ({ schedulingStrategy: { nodeId } });

function find(spans: readonly Span[], name: string): Span {
  const found = spans.find(span => span.name === name);
  if (found === undefined) throw new Error(`There is no span ${name} among ${spans.map(span => span.name).join(', ')}`);
  return found;
}

test('a trace goes on with a call to another node, and from there to the next', async () => {
  const ref = tracing.inSpan('request', () => outer.options(on(first)).remote(second));
  await get(ref);
  const sent = find(tracing.spans, 'outer.remote');
  const there = await get(recorded.options(on(first)).remote());
  const outerRun = find(there, 'outer');
  expect(outerRun).toMatchObject({ traceId: sent.traceId, parentSpanId: sent.spanId });
  expect(outerRun.attributes['aktis.node.id']).toBe(first);
  const beyond = await get(recorded.options(on(second)).remote());
  const innerSent = find(there, 'inner.remote');
  expect(innerSent.parentSpanId).toBe(outerRun.spanId);
  expect(find(beyond, 'inner')).toMatchObject({ traceId: sent.traceId, parentSpanId: innerSent.spanId });
});

test('so it does with constructors and methods of an actor there', async () => {
  const { recorder, called } = tracing.inSpan('request', () => {
    const recorder = Recorder.options(on(second)).remote();
    return { recorder, called: recorder.hello.remote() };
  });
  await get(called);
  const there = await get(recorder.spans.remote());
  expect(find(there, 'Recorder').parentSpanId).toBe(find(tracing.spans, 'Recorder.constructor.remote').spanId);
  const method = find(there, 'Recorder.hello');
  expect(method.parentSpanId).toBe(find(tracing.spans, 'Recorder.hello.remote').spanId);
  expect(new Set(there.map(({ traceId }) => traceId))).toEqual(new Set([method.traceId]));
});

test('a call outside of any span makes none there', async () => {
  const spans = await get(recorded.options(on(first)).remote());
  await get(outer.options(on(first)).remote(second));
  expect(await get(recorded.options(on(first)).remote())).toEqual(spans);
});
