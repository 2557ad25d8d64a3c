import { PerformanceObserver, constants } from 'node:perf_hooks';
import { remote, init, get, shutdown } from 'aktis';
export const add = remote(function add(a, b) { return a + b; });
export const C = remote(class C { inc() { return 1; } });
await init({ numCpus: 2, includeDashboard: false });
const c = C.options({ numCpus: 1 }).remote(); await get(c.inc.remote());
let n = 0, ms = 0;
const o = new PerformanceObserver(l => { for (const e of l.getEntries()) if (e.detail.kind === constants.NODE_PERFORMANCE_GC_MAJOR && e.detail.flags !== 0) { n++; ms += e.duration; } }); o.observe({ entryTypes: ['gc'] });
const c0 = process.cpuUsage(); const t = performance.now();
for (let i = 0; i < 80; i++) { await get(Array.from({ length: 2000 }, (_, k) => add.remote(i, k))); }
await new Promise(r => setTimeout(r, 10));
const u = process.cpuUsage(c0);
console.log(JSON.stringify({ wall: performance.now() - t, cpu: (u.user + u.system) / 1000, forced: n, gcMs: ms }));
await get(c.inc.remote()); await shutdown();
