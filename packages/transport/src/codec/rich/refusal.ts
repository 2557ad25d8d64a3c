import { types } from 'node:util';
import { classOf } from '../classes.ts';

/** Why a value cannot travel: what it is, and what to do instead. */
export interface Refusal {
  readonly what: string;
  readonly advice: string;
}

const PROMISE: Refusal = { what: 'a promise', advice: 'Await it first, or pass the ObjectRef of a task instead.' };
const WEAK = 'It refers to objects of this thread only. Pass a Map or Set, or an actor that keeps it.';
const HANDLE =
  'It belongs to this thread. Open it inside the task or actor that uses it, and pass a path, an address or the data.';

/** Names of classes whose instances are bound to a thread or to the operating system. */
const handles =
  /(?:Socket|Server|Stream|Readable|Writable|Duplex|Transform|MessagePort|MessageChannel|BroadcastChannel|Worker|ChildProcess|FileHandle|Timeout|Immediate|AbortSignal|AbortController|EventEmitter|KeyObject|Request|Response|Blob|File)$/;

export function refusalOf(value: unknown): Refusal {
  if (typeof value === 'function') return functionRefusal(value);
  if (typeof value === 'symbol') {
    return { what: `a symbol ${String(value)}`, advice: 'Pass a string instead.' };
  }
  return objectRefusal(value as object);
}

function functionRefusal(value: { readonly name?: unknown }): Refusal {
  const name = typeof value.name === 'string' && value.name !== '' ? ` '${value.name}'` : '';
  const isClass = /^class[\s{]/.test(sourceOf(value));
  return {
    what: isClass ? `a class${name}` : `a function${name}`,
    advice: isClass
      ? 'Classes do not travel: import it where it is used, or pass a handle of an actor.'
      : 'Functions do not travel: import it where it is used, make it a task with remote(), or pass the data it closes over.',
  };
}

function sourceOf(value: unknown): string {
  try {
    return Function.prototype.toString.call(value);
  } catch {
    return '';
  }
}

function objectRefusal(value: object): Refusal {
  if (types.isPromise(value)) return PROMISE;
  const tag = Object.prototype.toString.call(value).slice(8, -1);
  switch (tag) {
    case 'WeakMap':
    case 'WeakSet':
    case 'WeakRef':
      return { what: `a ${tag}`, advice: WEAK };
    case 'Generator':
    case 'AsyncGenerator':
      return {
        what: tag === 'Generator' ? 'a generator' : 'an async generator',
        advice: 'Collect what it yields into an array first, or make it a remote generator function.',
      };
  }
  if (types.isBoxedPrimitive(value)) return { what: `a boxed ${tag}`, advice: 'Pass the primitive value itself.' };
  if (typeof (value as { then?: unknown }).then === 'function') return PROMISE;
  const Class = classOf(value);
  const name = Class?.name ?? '';
  const kind = name === '' ? 'an anonymous class' : `class ${name}`;
  const what = Class ? `an instance of ${kind}` : 'an object with a prototype of its own';
  if (isHandle(value)) return { what, advice: HANDLE };
  return {
    what,
    advice: name
      ? `Call register(${name}) beside the class to let its instances travel, or pass a plain object.`
      : 'Pass a plain object, or register its class under a name: register(Class, "Name").',
  };
}

function isHandle(value: object): boolean {
  for (let at = Object.getPrototypeOf(value); at !== null; at = Object.getPrototypeOf(at)) {
    if (Object.hasOwn(at, 'constructor') && handles.test(at.constructor?.name ?? '')) return true;
  }
  return false;
}
