import { createRequire } from 'node:module';
import type * as OpenTelemetry from '@opentelemetry/api';
import type { Context, Span, SpanContext } from '@opentelemetry/api';

/** Not the API's own type: programs that have no OpenTelemetry do not have its declarations either. */
type Attributes = Readonly<Record<string, string>>;

type Api = typeof OpenTelemetry;

/** Where `@opentelemetry/api` keeps what was registered with it, whichever copy of it a program uses. */
const registrySymbol = Symbol.for('opentelemetry.js.api.1');

const TRACER = 'aktis';

let api: Api | null | undefined;

/** Whether the program has registered anything with OpenTelemetry in this thread. If not, nothing else here is called. */
export function isTracing(): boolean {
  return registrySymbol in globalThis;
}

/** The API, from where the program or this package finds it; it is an optional peer. */
function openTelemetry(): Api | null {
  if (api !== undefined) return api;
  api = null;
  for (const from of [import.meta.url, process.argv[1]]) {
    if (from === undefined || api !== null) continue;
    try {
      api = createRequire(from)('@opentelemetry/api') as Api;
    } catch {
      // Not installed there.
    }
  }
  return api;
}

/**
 * The trace that a call made here belongs to, in the form of the header `traceparent`; undefined when no span is active.
 * A span of its own stands for the call.
 */
export function traceCall(name: string, attributes: Attributes): string | undefined {
  const otel = openTelemetry();
  if (otel === null || otel.trace.getActiveSpan() === undefined) return undefined;
  const span = otel.trace.getTracer(TRACER).startSpan(`${name}.remote`, { kind: otel.SpanKind.PRODUCER, attributes });
  span.end();
  return headerOf(span.spanContext());
}

/** The span of one run in a worker. */
export class RunSpan {
  readonly #otel: Api;
  readonly #span: Span;
  readonly #context: Context;

  private constructor(otel: Api, span: Span, context: Context) {
    this.#otel = otel;
    this.#span = span;
    this.#context = context;
  }

  /** Undefined when this worker's program has registered no provider. */
  static start(header: string, name: string, attributes: Attributes): RunSpan | undefined {
    const otel = isTracing() ? openTelemetry() : null;
    const caller = contextOf(header);
    if (otel === null || caller === undefined) return undefined;
    const parent = otel.trace.setSpanContext(otel.context.active(), caller);
    const span = otel.trace.getTracer(TRACER).startSpan(name, { kind: otel.SpanKind.CONSUMER, attributes }, parent);
    return new RunSpan(otel, span, otel.trace.setSpan(parent, span));
  }

  /** Spans that `code` starts are inside of this one. */
  run<T>(code: () => T): T {
    return this.#otel.context.with(this.#context, code);
  }

  end(error?: unknown): void {
    if (error !== undefined) {
      this.#span.recordException(error as Error);
      this.#span.setStatus({ code: this.#otel.SpanStatusCode.ERROR, message: String((error as Error)?.message) });
    }
    this.#span.end();
  }
}

function headerOf({ traceId, spanId, traceFlags }: SpanContext): string {
  return `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`;
}

function contextOf(header: string): SpanContext | undefined {
  const [, traceId, spanId, flags] = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/.exec(header) ?? [];
  if (traceId === undefined || spanId === undefined || flags === undefined) return undefined;
  return { traceId, spanId, traceFlags: Number.parseInt(flags, 16), isRemote: true };
}
