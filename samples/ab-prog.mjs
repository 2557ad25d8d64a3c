
import { init, remote, get, shutdown, ActorPool } from 'aktis';
const add = remote(function add(a,b){ return a+b; });
class C { hi(n){ return n } }
const RC = remote(C);
await init({numCpus:1});
async function rate(f, ms){ const t=performance.now(); let n=0; while(performance.now()-t<ms){ n+=await f(); } return n/(performance.now()-t)*1000; }
const batch=async()=>{ const r=[]; for(let i=0;i<1000;i++) r.push(add.remote(i,2)); await get(r); return 1000; };
const c=RC.remote();
const calls=async()=>{ const r=[]; for(let i=0;i<1000;i++) r.push(c.hi.remote(i)); await get(r); return 1000; };
await rate(batch,700); const a=await rate(batch,1500);
await rate(calls,500); const b=await rate(calls,1500);
console.log(JSON.stringify([a,b]));
await shutdown();
