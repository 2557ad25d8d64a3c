/** The program of a side's process: loads a case and measures it when told to. */
import { isMainThread } from 'node:worker_threads';
import type { CaseParameters, Cases, Reading, Workload } from './workload.ts';

/** From the contest to the process; each is answered by one `Answer`. */
export type Order =
  | { readonly order: 'prepare'; readonly module: string; readonly name: string; readonly parameters: CaseParameters }
  | { readonly order: 'round'; readonly milliseconds: number }
  | { readonly order: 'end' };

export type Answer = { readonly reading?: Reading } | { readonly failure: string };

let workload: Workload | undefined;

async function carryOut(order: Order): Promise<Reading | undefined> {
  switch (order.order) {
    case 'prepare': {
      const { cases } = (await import(order.module)) as { readonly cases: Cases };
      workload = await cases[order.name]?.(order.parameters);
      if (workload === undefined) throw new Error(`${order.module} has no case ${order.name}`);
      return undefined;
    }
    case 'round':
      return workload?.round(order.milliseconds);
    case 'end':
      await workload?.end?.();
      return undefined;
  }
}

async function onOrder(order: Order): Promise<void> {
  let answer: Answer;
  try {
    const reading = await carryOut(order);
    answer = reading === undefined ? {} : { reading };
  } catch (error) {
    answer = { failure: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
  process.send?.(answer, () => {
    // Pools of peers may have left threads behind that would keep the process.
    if (order.order === 'end') process.exit();
  });
}

// The workers of a session load this file too, because it is the program's entry.
if (isMainThread) {
  process.on('message', order => void onOrder(order as Order));
  // Whoever gives the orders is gone.
  process.on('disconnect', () => process.exit());
}
