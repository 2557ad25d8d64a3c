import { type AktisError, addBrand, type Codec, type Payload, payloadBytes } from '@aktis/transport';
import { ActorDiedError, TaskError } from './errors.ts';
import type { WireFailure } from './protocol.ts';
import { withoutInternalFrames } from './stack.ts';
import type { ErrorInfo } from './types/state.ts';

/** Where a task failed. */
export interface FailureOrigin {
  readonly taskId?: string;
  readonly taskName?: string;
  readonly actorId?: string;
  readonly nodeId?: string;
  readonly workerId?: string;
}

/**
 * Why an object has no value. Kept encoded like a value, so that everyone who reads it gets an error of their own; what
 * Aktis itself found wrong is encoded only when somebody elsewhere asks.
 */
export class Failure {
  /** User code threw (and `get` rejects with a `TaskError`), or Aktis reports what went wrong. */
  readonly thrown: boolean;
  readonly origin: FailureOrigin;
  /** Whether anyone has looked at it; what nobody looked at is logged. */
  seen = false;
  #payload: Payload | undefined;
  readonly #error: AktisError | undefined;

  private constructor(thrown: boolean, origin: FailureOrigin, payload?: Payload, error?: AktisError) {
    this.thrown = thrown;
    this.origin = origin;
    this.#payload = payload;
    this.#error = error;
  }

  static thrown(payload: Payload, origin: FailureOrigin): Failure {
    return new Failure(true, origin, payload);
  }

  static of(error: AktisError, origin: FailureOrigin = {}): Failure {
    return new Failure(false, origin, undefined, error);
  }

  static fromWire([payload, thrown, origin]: WireFailure): Failure {
    return new Failure(thrown === 1, JSON.parse(origin) as FailureOrigin, payload);
  }

  toWire(codec: Codec): WireFailure {
    return [this.#encoded(codec), this.thrown ? 1 : 0, JSON.stringify(this.origin)];
  }

  /** Whether it is the death of an actor that the node itself reports. */
  get isDeath(): boolean {
    return this.#error instanceof ActorDiedError;
  }

  /** What it says, for lists of what failed; it does not count as seen. */
  describe(codec: Codec, withStack: boolean): ErrorInfo {
    const error = this.#error ?? this.#decodedOrUnreadable(codec);
    if (!isError(error)) return { type: TaskError.name, message: shortened(this.#describeNonError(error)) };
    const type = shortened(String(error.name));
    const message = shortened(String(error.message));
    const stack = withStack ? error.stack : undefined;
    return stack === undefined ? { type, message } : { type, message, stack: shortened(withoutInternalFrames(stack)) };
  }

  /** How much memory it takes, as far as is known. */
  get bytes(): number {
    return this.#payload === undefined ? 0 : payloadBytes(this.#payload);
  }

  #decodedOrUnreadable(codec: Codec): unknown {
    try {
      return this.cause(codec);
    } catch (error) {
      // It refers to something of another runtime.
      return error;
    }
  }

  /** The error as thrown, for whoever asks why (a cause), without marking the failure as seen. */
  cause(codec: Codec): unknown {
    return codec.decode(this.#encoded(codec));
  }

  /** A fresh error for one reader. `here` is the reader's stack, which the remote one is joined to. */
  toError(codec: Codec, here?: string): Error {
    this.seen = true;
    if (!this.thrown) return this.#systemError(codec, here);
    const cause = this.cause(codec);
    const error = isError(cause)
      ? (this.cause(codec) as Error)
      : new TaskError(this.#describeNonError(cause), { cause });
    if (isError(cause)) {
      addBrand(error, TaskError);
      Object.defineProperty(error, 'cause', { value: cause, configurable: true, writable: true });
      if ((error as { code?: unknown }).code === undefined) {
        Object.defineProperty(error, 'code', { value: TaskError.code, configurable: true, writable: true });
      }
    }
    for (const [name, value] of Object.entries(this.origin)) {
      Object.defineProperty(error, name, { value, configurable: true, writable: true });
    }
    if (here !== undefined) trimCauses(error);
    joinStacks(error, here, `${this.origin.taskName ?? 'task'} in ${this.origin.workerId ?? 'a worker'}`);
    return error;
  }

  #systemError(codec: Codec, here: string | undefined): Error {
    const error = codec.decode(this.#encoded(codec)) as Error;
    if (here !== undefined) {
      trimCauses(error);
      error.stack = below(`${error.name}: ${error.message}`, here);
    }
    return error;
  }

  #encoded(codec: Codec): Payload {
    this.#payload ??= codec.encodeError(this.#error);
    return this.#payload;
  }

  #describeNonError(value: unknown): string {
    const text = typeof value === 'string' ? JSON.stringify(value) : Object.prototype.toString.call(value).slice(8, -1);
    return `${this.origin.taskName ?? 'The task'} threw ${text}, which is not an Error; it is the cause of this one`;
  }
}

/** Lists hold many of them. */
function shortened(text: string): string {
  return text.length > 4000 ? `${text.slice(0, 4000)}…` : text;
}

function isError(value: unknown): value is Error {
  return value instanceof Error;
}

function joinStacks(error: Error, here: string | undefined, where: string): void {
  if (here === undefined) return;
  const remote = withoutInternalFrames(error.stack ?? `${error.name}: ${error.message}`);
  error.stack = below(`${remote}\n    --- ${where} / get ---`, here);
}

/** Who calls `get` with `then` has no frames there. */
function below(text: string, here: string): string {
  return here === '' ? text : `${text}\n${here}`;
}

/** What users print shows every cause with its stack: none of them needs our frames. */
function trimCauses(error: Error): void {
  const seen = new Set<unknown>([error]);
  for (let { cause } = error; isError(cause) && !seen.has(cause); { cause } = cause) {
    seen.add(cause);
    if (typeof cause.stack === 'string') cause.stack = withoutInternalFrames(cause.stack);
  }
}
