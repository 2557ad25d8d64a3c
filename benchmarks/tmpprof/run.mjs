import { init, get, shutdown, put } from 'aktis'; import { add, pstart, pstop, Server, Client, start, stop } from './prof.mjs';
const which = process.argv[2], ms = 2500; const out = process.argv[3];
await init({numCpus: which==='nested'?2:1, includeDashboard:false});
const rounds = async (f, ms) => { const t=performance.now(); let n=0; do { await f(); n++; } while (performance.now()-t<ms); return Math.round(n*1000/(performance.now()-t)); };
const T = n => Array.from({length:1000}, n);
let f, ps, pe, mult=1000;
if (which==='tasks') { f=()=>get(T(()=>add.remote(1,2))); ps=()=>get(pstart.remote()); pe=x=>get(pstop.remote(x)); }
if (which==='sync') { mult=1; f=()=>get(add.remote(1,2)); ps=()=>get(pstart.remote()); pe=x=>get(pstop.remote(x)); }
if (which==='actor') { const s=Server.remote(); f=()=>get(T(()=>s.add.remote(1,2))); ps=()=>get(s.pstart.remote()); pe=x=>get(s.pstop.remote(x)); }
if (which==='nested') { const c=Client.remote([Server.remote(),Server.remote()]); mult=5000; f=()=>get(c.call.remote(2500)); ps=()=>get(c.pstart.remote()); pe=x=>get(c.pstop.remote(x)); }
await rounds(f, 800); console.log('warm', await rounds(f, 500)*mult);
await start(); await ps(); console.log(which, 'with profile', await rounds(f, ms)*mult);
await pe(out+'.worker.json'); await stop(out+'.driver.json'); await shutdown();
