/** The settings under which each library runs; the best of them is the one Aktis is compared with. */
export const piscinaSettings = {
  default: {},
  '100 per worker': { concurrentTasksPerWorker: 100 },
  '100 per worker, async atomics': { concurrentTasksPerWorker: 100, atomics: 'async' },
  '100 per worker, no atomics': { concurrentTasksPerWorker: 100, atomics: 'disabled' },
} as const;

export const tinypoolSettings = {
  default: {},
  '100 per worker': { concurrentTasksPerWorker: 100 },
} as const;

export const workerpoolSettings = { default: {} } as const;

/** Calls go to each worker in turn. */
export const comlinkSettings = { default: {} } as const;
