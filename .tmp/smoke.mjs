import { remote, init, get, shutdown } from 'aktis';
export const add = remote(function add(a, b) { return [a + b, process.execArgv]; });
export const C = remote(class C { n = 0; inc() { return ++this.n; } });
await init({ numCpus: 2, includeDashboard: false });
console.log(await get(add.remote(1, 2)));
const c = C.remote(); console.log(await get(c.inc.remote()));
await shutdown();
