import {
  ActorDiedError,
  type ActorTarget,
  atCall,
  atCaller,
  checkedFor,
  currentRuntime,
  foreignRef,
  type Holdable,
  InvalidOptionError,
  inertRef,
  isLoadingModules,
  type MethodCall,
  methodOptions,
  publicId,
  type ReferenceClass,
  ReferenceKind,
  type Runtime,
} from '@aktis/core';
import { type MethodOptions, methodOptionsToJson, parseMethodOptions } from './method-options.ts';
import { pendingCallsOf } from './pending-calls.ts';

const brand = Symbol.for('aktis.ActorHandle');
const facts = Symbol('aktis.handle');

/** What a handle knows; kept under a symbol, because all other names belong to the actor's methods. */
interface HandleFacts {
  readonly target: Holdable;
  readonly home: Runtime;
  readonly className: string;
  /** JSON of the method table. */
  readonly methods: string;
  /** `maxPendingCalls`; -1: none. */
  readonly limit: number;
}

interface Handle {
  readonly [facts]: HandleFacts;
}

type HandleClass = new (facts: HandleFacts) => Handle;

const handleClasses = new Map<string, HandleClass>();
const handles = new WeakMap<Holdable, WeakRef<Handle>>();

/** What the constructor of a derived class is given as `this`. */
class Given {
  constructor(self: object) {
    // biome-ignore lint/correctness/noConstructorReturn: the fields of the derived class go onto it
    return self;
  }
}

/**
 * `counter.increment`: what `.remote()` and `.options()` stand on. It is a function, so that one who forgets `.remote`
 * is told of it, and not that it is none.
 */
class RemoteMethod extends Given {
  readonly #handle: HandleFacts;
  readonly #call: MethodCall;

  constructor(handle: HandleFacts, call: MethodCall) {
    const called = () => {
      const { className } = handle;
      const message = `${className}.${call.name} runs in its actor: write .${call.name}.remote(…), and get() of what it returns`;
      throw atCaller(new InvalidOptionError(message), called);
    };
    super(Object.setPrototypeOf(called, RemoteMethod.prototype));
    this.#handle = handle;
    this.#call = call;
  }

  remote(...args: unknown[]): unknown {
    const { home, target, limit, className } = this.#handle;
    if (isLoadingModules()) return inertRef();
    if (home.hasEnded) {
      const gone = `The ${this.#handle.className} is gone: the session it belonged to was shut down`;
      throw atCaller(new ActorDiedError(gone), this.remote);
    }
    const runtime = currentRuntime();
    if (home !== runtime) throw foreignRef(`The handle of ${this.#handle.className}`);
    const calls = limit < 0 ? undefined : pendingCallsOf(target, runtime);
    try {
      calls?.assertBelow(limit, className);
      const result = runtime.callActor(target as ActorTarget, this.#call, args);
      calls?.add(result);
      return result;
    } catch (error) {
      throw atCall(error, `${this.#handle.className}.${this.#call.name}`, this.remote);
    }
  }

  /** A copy with options laid over. */
  options(options: unknown): RemoteMethod {
    const valid = checkedFor(this.options, methodOptions, options);
    const own = this.#call.options === '' ? {} : (JSON.parse(this.#call.options) as MethodOptions);
    const merged = { ...own, ...JSON.parse(methodOptionsToJson(valid)) } as MethodOptions;
    return new RemoteMethod(this.#handle, {
      ...this.#call,
      numReturns: merged.numReturns ?? this.#call.numReturns,
      options: JSON.stringify(merged),
    });
  }
}

/** The handle on an actor; the same object for the same actor as long as it is in use. */
export function newHandle(target: Holdable, home: Runtime, className: string, methods: string, limit = -1): object {
  const existing = handles.get(target)?.deref();
  if (existing !== undefined) return existing;
  const handle = new (handleClass(className, methods))({ target, home, className, methods, limit });
  handles.set(target, new WeakRef(handle));
  return handle;
}

function isHandle(value: unknown): value is Handle {
  return typeof value === 'object' && value !== null && (value as Record<symbol, unknown>)[brand] === true;
}

/** @throws TypeError when `value` is no handle */
export function handleFacts(value: unknown, caller: string): HandleFacts {
  if (isHandle(value)) return value[facts];
  throw new TypeError(`${caller}() takes the handle of an actor, as Class.remote() and getActor() return it`);
}

/** One class per method table: its prototype has a getter for each method and nothing else, so `then` is undefined. */
function handleClass(className: string, methods: string): HandleClass {
  const key = `${className} ${methods}`;
  let type = handleClasses.get(key);
  if (type === undefined) {
    type = makeHandleClass(className, parseMethodOptions(methods));
    handleClasses.set(key, type);
  }
  return type;
}

function makeHandleClass(className: string, methods: Readonly<Record<string, MethodOptions>>): HandleClass {
  class ActorHandle implements Handle {
    readonly [facts]!: HandleFacts;

    constructor(own: HandleFacts) {
      Object.defineProperty(this, facts, { value: own });
    }
  }
  const { prototype } = ActorHandle;
  Object.defineProperties(prototype, {
    [brand]: { value: true },
    [Symbol.toStringTag]: { value: `ActorHandle<${className}>` },
    // The class may have a toString of its own, which here is a remote method.
    [Symbol.toPrimitive]: { value: describe },
    [Symbol.for('nodejs.util.inspect.custom')]: { value: describe },
  });
  for (const [name, { numReturns = 1, isGenerator = false }] of Object.entries(methods)) {
    const call: MethodCall = { name, numReturns, isGenerator, options: '' };
    Object.defineProperty(prototype, name, {
      enumerable: true,
      get(this: Handle) {
        const method = new RemoteMethod(this[facts], call);
        // The next access finds it on the handle itself.
        Object.defineProperty(this, name, { value: method });
        return method;
      },
    });
  }
  return ActorHandle;
}

function describe(this: Handle): string {
  const { className, home, target } = this[facts];
  return `ActorHandle<${className}>(${target.publicId ?? publicId(home.nodeId, target.id)})`;
}

/** How handles travel. */
export const handleReference: ReferenceClass = {
  kind: ReferenceKind.Actor,
  matches: isHandle,
  encode(value, home) {
    const own = (value as Handle)[facts];
    if (own.home !== home) throw foreignRef(`The handle of ${own.className}`);
    const { id, publicId } = own.target;
    const fields = [id, own.className, own.methods, own.limit];
    return { fields: publicId === undefined ? fields : [...fields, publicId], held: own.target };
  },
  decode([, className, methods, limit], held, home) {
    return newHandle(held, home, className as string, methods as string, limit as number);
  },
};
