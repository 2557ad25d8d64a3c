// One session: how long init() takes, with or without what is measured. Tells its parent, and ends.
import { init, shutdown } from 'aktis';

const [, , side, directory] = process.argv;
const options = {
  bare: { includeDashboard: false },
  dashboard: { dashboardPort: 0 },
  history: { includeDashboard: false, history: { directory: directory ?? '' } },
}[side as 'bare' | 'dashboard' | 'history'];

const began = performance.now();
await init({ numCpus: 1, ...options });
process.send?.(performance.now() - began);
await shutdown();
process.disconnect?.();
