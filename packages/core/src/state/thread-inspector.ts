import type { Session as InspectorSession } from 'node:inspector/promises';
import { setTimeout } from 'node:timers/promises';
import type { HostThread } from '@aktis/transport';
import { WorkerDiedError } from '../errors.ts';
import { isOfUser } from '../stack.ts';
import type { StackFrame } from '../types/threads.ts';
import { sourcePosition } from './source-position.ts';

/** How long a thread may take to answer the inspector, which interrupts even endless loops. */
const ANSWER_MS = 4_000;
/** So often it is asked whether the thread executes anything at all. */
const IDLE_MS = 100;

/** What V8's inspector says of its own accord. */
interface InspectorEvent {
  readonly method: string;
  readonly params: Readonly<Record<string, unknown>>;
}

interface CallFrame {
  readonly functionName: string;
  readonly location: { readonly scriptId: string; readonly lineNumber: number; readonly columnNumber: number };
}

/** The contents of a `.cpuprofile` file. */
export type CpuProfile = Readonly<Record<string, unknown>>;

/**
 * Looks into a worker thread from the outside, through V8's inspector: also one that is in an endless loop and reads no
 * messages.
 */
class InspectedThread {
  readonly #session: InspectorSession;
  readonly #sessionId: string;
  readonly #answers = new Map<number, { resolve(result: unknown): void; reject(error: Error): void }>();
  #count = 0;
  onEvent: (event: InspectorEvent) => void = () => {};

  private constructor(session: InspectorSession, sessionId: string) {
    this.#session = session;
    this.#sessionId = sessionId;
    session.on('NodeWorker.receivedMessageFromWorker', ({ params }) => {
      if (params.sessionId === sessionId) this.#receive(JSON.parse(params.message));
    });
    session.on('NodeWorker.detachedFromWorker', ({ params }) => {
      if (params.sessionId === sessionId) this.#lost(new WorkerDiedError('The worker ended while it was looked into'));
    });
  }

  /** Calls `look` with the thread, and lets go of it afterwards. */
  static async with<T>(threadId: number, look: (thread: InspectedThread) => Promise<T>): Promise<T> {
    const { Session } = await import('node:inspector/promises');
    const session = new Session();
    session.connect();
    try {
      let sessionId: string | undefined;
      session.on('NodeWorker.attachedToWorker', ({ params }) => {
        if (threadIdOf(params.workerInfo.title) === threadId) sessionId = params.sessionId;
      });
      await session.post('NodeWorker.enable', { waitForDebuggerOnStart: false });
      if (sessionId === undefined) throw new WorkerDiedError('The worker has no thread that could be looked into');
      return await look(new InspectedThread(session, sessionId));
    } finally {
      await session.post('NodeWorker.disable').catch(() => {});
      session.disconnect();
    }
  }

  async post(method: string, params: object = {}): Promise<Record<string, unknown>> {
    const id = ++this.#count;
    const answer = new Promise<unknown>((resolve, reject) => this.#answers.set(id, { resolve, reject }));
    const message = JSON.stringify({ id, method, params });
    await this.#session.post('NodeWorker.sendMessageToWorker', { sessionId: this.#sessionId, message });
    const late = setTimeout(ANSWER_MS, undefined, { ref: false }).then(() => {
      this.#answers.delete(id);
      throw new Error(`The worker did not answer within ${ANSWER_MS} ms: it is in native code`);
    });
    late.catch(() => {});
    return (await Promise.race([answer, late])) as Record<string, unknown>;
  }

  #receive(message: { id?: number; result?: unknown; error?: { message: string } } | InspectorEvent): void {
    if ('method' in message) {
      this.onEvent(message);
      return;
    }
    const waiting = this.#answers.get(message.id as number);
    this.#answers.delete(message.id as number);
    if (message.error === undefined) waiting?.resolve(message.result);
    else waiting?.reject(new Error(message.error.message));
  }

  #lost(error: Error): void {
    for (const { reject } of this.#answers.values()) reject(error);
    this.#answers.clear();
  }
}

/** Node tells it in the title only: `[worker 2] name`. What it calls `workerId` counts the workers of the session. */
function threadIdOf(title: string): number {
  return Number(/worker (\d+)/i.exec(title)?.[1]);
}

/** What the thread executes at this moment, innermost first; nothing if it is idle. */
export function stackOf(host: Pick<HostThread<never>, 'threadId' | 'idleTime'>): Promise<StackFrame[]> {
  return InspectedThread.with(host.threadId, async thread => {
    const scripts = new Map<string, { readonly url: string; readonly sourceMapURL?: string }>();
    const paused = new Promise<readonly CallFrame[]>(resolve => {
      thread.onEvent = ({ method, params }) => {
        if (method === 'Debugger.scriptParsed') scripts.set(params.scriptId as string, params as { url: string });
        if (method === 'Debugger.paused') resolve(params.callFrames as readonly CallFrame[]);
      };
    });
    await thread.post('Debugger.enable');
    await thread.post('Debugger.pause');
    // On a busy machine a thread that executes something may have to wait for a processor.
    const [idleBefore, limit] = [host.idleTime, performance.now() + ANSWER_MS];
    let frames: readonly CallFrame[] | undefined;
    do frames = await Promise.race([paused, setTimeout(IDLE_MS, undefined, { ref: false })]);
    while (frames === undefined && host.idleTime === idleBefore && performance.now() < limit);
    // Also takes back a pause that has not come about; a paused thread goes on.
    await thread.post('Debugger.disable');
    return (frames ?? []).flatMap(({ functionName, location: { scriptId, lineNumber, columnNumber } }) => {
      const { url = '', sourceMapURL = '' } = scripts.get(scriptId) ?? {};
      if (!isOfUser(url)) return [];
      return [sourcePosition({ functionName, url, line: lineNumber + 1, column: columnNumber + 1 }, sourceMapURL)];
    });
  });
}

/** Where the thread spends its time within so many milliseconds. */
export function profileOf(threadId: number, milliseconds: number): Promise<CpuProfile> {
  return InspectedThread.with(threadId, async thread => {
    await thread.post('Profiler.enable');
    await thread.post('Profiler.setSamplingInterval', { interval: 1_000 });
    await thread.post('Profiler.start');
    await setTimeout(milliseconds, undefined, { ref: false });
    const { profile } = await thread.post('Profiler.stop');
    await thread.post('Profiler.disable');
    return profile as CpuProfile;
  });
}

/** The same of this thread. */
export async function profileHere(milliseconds: number): Promise<CpuProfile> {
  const { Session } = await import('node:inspector/promises');
  const session = new Session();
  session.connect();
  try {
    await session.post('Profiler.enable');
    await session.post('Profiler.setSamplingInterval', { interval: 1_000 });
    await session.post('Profiler.start');
    await setTimeout(milliseconds, undefined, { ref: false });
    const { profile } = await session.post('Profiler.stop');
    return profile as unknown as CpuProfile;
  } finally {
    session.disconnect();
  }
}
