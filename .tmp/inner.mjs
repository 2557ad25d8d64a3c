import { parentPort } from 'node:worker_threads';
import { remote, init, get, shutdown } from 'aktis';
export const C = remote(class C { inc() { return 41 + 1; } });
await init({ numCpus: 1, includeDashboard: false });
const v = await get(C.remote().inc.remote());
await shutdown();
parentPort ? parentPort.postMessage('thread ' + v) : process.send('fork ' + v, () => process.exit());
