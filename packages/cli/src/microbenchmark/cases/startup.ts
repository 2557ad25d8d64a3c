import { remote } from '@aktis/actors';
import { get, init, shutdown } from '@aktis/core';
import type { Cases } from '../workload.ts';

/** Definitions of Aktis's own packages must name their module. */
const module = import.meta.url;

const add = remote(
  function add(a: number, b: number): number {
    return a + b;
  },
  { module },
);

export const cases = {
  init_to_first_result: async () => ({
    async round() {
      const start = performance.now();
      await init({ includeDashboard: false });
      await get(add.remote(1, 2));
      return { value: performance.now() - start };
    },
    end: shutdown,
  }),
} satisfies Cases;
