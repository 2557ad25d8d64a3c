import { Session } from 'node:inspector/promises'; import { writeFileSync } from 'node:fs'; import { remote } from 'aktis';
globalThis.__s ??= undefined;
export async function start() { const s = globalThis.__s = new Session(); s.connect(); await s.post('Profiler.enable'); await s.post('Profiler.setSamplingInterval',{interval:250}); await s.post('Profiler.start'); }
export async function stop(file) { const { profile } = await globalThis.__s.post('Profiler.stop'); globalThis.__s.disconnect(); writeFileSync(file, JSON.stringify(profile)); }
export const pstart = remote(async function pstart() { await start(); });
export const pstop = remote(async function pstop(f) { await stop(f); });
export const add = remote(function add(a, b) { return a + b; });
export class Server { add(a,b){return a+b;} async pstart(){ await start(); } async pstop(f){ await stop(f); } }
remote(Server, {numCpus:0});
export class Client { constructor(s){this.s=s;} async call(n){ const refs=[]; for (const s of this.s) for(let i=0;i<n;i++) refs.push(s.add.remote(1,2)); const {get}=await import('aktis'); await get(refs);} async pstart(){ await start(); } async pstop(f){ await stop(f); } }
remote(Client, {numCpus:0});
