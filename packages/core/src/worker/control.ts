import type { HeapInfo } from 'node:v8';

/** Life-cycle control of one worker, offered over Comlink beside the message link. */
export interface WorkerControl {
  /** Answers as soon as the worker's event loop turns. */
  ping(): void;
  /** Of its JavaScript engine. */
  heap(): HeapInfo;
}
