import type { WorkerRuntime } from './worker-runtime.ts';

// As it was before user code could replace it.
const { queueMicrotask } = globalThis;

/**
 * Sends what user code prints through the link, where it can be told which task printed it, and where it is on its way
 * at once: the thread's own streams lose what was written just before a crash.
 */
export function captureOutput(runtime: WorkerRuntime): void {
  redirect(process.stdout, 1, runtime);
  redirect(process.stderr, 2, runtime);
}

type Callback = (error?: Error | null) => void;

function redirect(stream: NodeJS.WriteStream, target: 1 | 2, runtime: WorkerRuntime): void {
  stream.write = ((chunk: string | Uint8Array, encoding?: BufferEncoding | Callback, callback?: Callback): boolean => {
    const done = typeof encoding === 'function' ? encoding : callback;
    const text = typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString('utf8');
    runtime.log(target, text);
    if (done !== undefined) queueMicrotask(() => done());
    return true;
  }) as typeof stream.write;
}
