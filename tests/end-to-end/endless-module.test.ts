import { get, init, ModuleLoadError, shutdown } from 'aktis';
// @ts-expect-error: plain JavaScript
import { never } from '../fixtures/endless-module.mjs';

// In a file of its own: workers that look for a function of this file would load the endless module, too.

afterEach(async () => {
  delete process.env.AKTIS_LOAD_TIMEOUT;
  await shutdown();
});

test('top-level code that never ends in a worker is given up, with ModuleLoadError', async () => {
  process.env.AKTIS_LOAD_TIMEOUT = '300';
  await init({ numCpus: 1 });
  await expect(get(never.remote())).rejects.toThrow(ModuleLoadError);
  await expect(get(never.remote())).rejects.toThrow(/did not end within 300 ms/);
});
