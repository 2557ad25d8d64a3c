/** The other end of the raw baselines: does nothing that is not the work itself. */
import { parentPort } from 'node:worker_threads';

/** One call: answered by `[id, result]`. */
export type RawCall =
  | readonly [id: number, kind: 'add', a: number, b: number]
  | readonly [id: number, kind: 'count', items: readonly unknown[]]
  | readonly [id: number, kind: 'ends', numbers: Float64Array];

/** Many calls `[id, a, b, id, a, b, …]`: answered by a flat `[id, sum, id, sum, …]`. */
export type RawBatch = readonly number[];

parentPort?.on('message', (message: RawCall | RawBatch) => {
  parentPort?.postMessage(typeof message[1] === 'string' ? answer(message as RawCall) : sums(message as RawBatch));
});

function answer(call: RawCall): [id: number, result: number] {
  switch (call[1]) {
    case 'add':
      return [call[0], call[2] + call[3]];
    case 'count':
      return [call[0], call[2].length];
    case 'ends':
      return [call[0], (call[2][0] as number) + (call[2][call[2].length - 1] as number)];
  }
}

function sums(batch: RawBatch): number[] {
  const answers: number[] = [];
  for (let at = 0; at < batch.length; at += 3) {
    answers.push(batch[at] as number, (batch[at + 1] as number) + (batch[at + 2] as number));
  }
  return answers;
}
