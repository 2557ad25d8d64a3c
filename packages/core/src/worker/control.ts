/** Life-cycle control of one worker, offered over Comlink beside the message link. */
export interface WorkerControl {
  ping(): number;
  memory(): { heapUsed: number; heapTotal: number; external: number };
}
