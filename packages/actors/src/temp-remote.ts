import { Callable, callerModule, callTask, define, isGeneratorFunction } from '@aktis/core';
import { createActor } from './actor-creation.ts';

const tables = new WeakMap<object, Map<string, any>>();
export function tempTable(C: any) {
  const t = new Map<string, any>();
  for (let p = C.prototype; p && p !== Object.prototype; p = Object.getPrototypeOf(p))
    for (const n of Object.getOwnPropertyNames(p)) {
      const d = Object.getOwnPropertyDescriptor(p, n)!;
      if (n === 'constructor' || typeof d.value !== 'function' || t.has(n)) continue;
      t.set(n, { options: (C as any).methodOptions?.[n] ?? {}, isGenerator: isGeneratorFunction(d.value) });
    }
  return t;
}
void tables;
export function remote(target: any, options: any = {}): any {
  const module = callerModule(remote);
  const isClass = /^class\b/.test(Function.prototype.toString.call(target));
  const def = define(isClass ? 'class' : 'function', target, target.name, options, module);
  const make = (o: any) => {
    const c = new Callable(def, o);
    return {
      remote: (...a: unknown[]) => (isClass ? createActor(c, a) : callTask(c, a)),
      options: (p: any) => make({ ...o, ...(typeof p === 'number' ? { numCpus: p } : p) }),
    };
  };
  const m = make(options);
  Object.defineProperties(target, { remote: { value: m.remote }, options: { value: m.options } });
  return target;
}
