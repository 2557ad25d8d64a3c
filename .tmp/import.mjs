const t0 = performance.now(); const c0 = process.cpuUsage();
await import('aktis');
const u = process.cpuUsage(c0);
console.log(JSON.stringify({ wall: performance.now() - t0, cpu: (u.user + u.system) / 1000 }));
