// For the types of Reflect.getOwnMetadata and its like; container.ts loads the code.
import type {} from 'reflect-metadata';
import type { DependencyContainer, InjectionToken } from 'tsyringe';
import { parameterName } from './constructor-parameters.ts';
import { container } from './container.ts';
import { describeToken, InjectionError, notInjectable } from './injection-error.ts';

type Class<T> = new (...args: never[]) => T;

/** What tsyringe's `inject`, `injectAll` and their `WithTransform` forms leave behind for a parameter. */
interface InjectionDescriptor {
  readonly token: InjectionToken | InjectionDescriptor;
  readonly multiple?: boolean;
  readonly isOptional?: boolean;
  readonly transform?: InjectionToken<{ transform(value: unknown, ...args: unknown[]): unknown }>;
  readonly transformArgs?: readonly unknown[];
}

/** An object under construction, and the container that fills it: made when something asks for it. */
class Construction {
  readonly type: Class<unknown>;
  readonly #parent: DependencyContainer;
  #own: DependencyContainer | undefined;

  constructor(type: Class<unknown>, parent: DependencyContainer) {
    this.type = type;
    this.#parent = parent;
  }

  get container(): DependencyContainer {
    // Of its own, so that what is scoped to a container lives as long as the actor.
    this.#own ??= this.#parent.createChildContainer();
    return this.#own;
  }
}

let current: Construction | undefined;

/**
 * Makes the instance of an actor from the arguments of `.remote()`.
 *
 * Parameters marked `@inject(Token)` come from the container, `args` fill the rest in order. Without any mark, `args`
 * come first, and what they leave open is filled where the parameter's type is a class the container knows.
 *
 * @throws InjectionError when the container has nothing for a token.
 */
export function construct<T extends object>(type: Class<T>, args: readonly unknown[], parent = container): T {
  const outer = current;
  current = new Construction(type, parent);
  try {
    return Reflect.construct(type, argumentsOf(current, args)) as T;
  } finally {
    current = outer;
  }
}

/**
 * An instance from the worker's container, for field initialisers: how dependencies are injected where parameters cannot
 * be decorated. Outside of Aktis, as in a unit test's `new Counter()`, it asks the global `container`.
 *
 * @throws InjectionError when the container has nothing for `token`.
 * @example
 * @remote()
 * class Account {
 *   readonly #ledger = service(Ledger);
 * }
 */
export function service<T>(token: InjectionToken<T>): T {
  const of = current === undefined ? '' : ` in class ${current.type.name}`;
  const from = current === undefined ? container : current.container;
  return resolve(from, { token }, `Cannot inject service(${describeToken(token)})${of}`) as T;
}

function argumentsOf(construction: Construction, args: readonly unknown[]): unknown[] {
  const owner = declaringClass(construction.type);
  if (owner === undefined) return [...args];
  const types: readonly unknown[] = Reflect.getOwnMetadata('design:paramtypes', owner) ?? [];
  // The name is tsyringe's secret, but has been the same in all of its versions.
  const marked: Readonly<Record<number, InjectionDescriptor>> = Reflect.getOwnMetadata('injectionTokens', owner) ?? {};
  const positions = Object.keys(marked).map(Number);
  if (positions.length === 0) return [...args, ...left(construction, types, args.length)];
  const count = Math.max(types.length, ...positions.map(position => position + 1));
  const filled: unknown[] = [];
  let given = 0;
  for (let position = 0; position < count; position++) {
    const descriptor = marked[position];
    filled.push(
      descriptor === undefined
        ? args[given++]
        : resolve(
            construction.container,
            asDescriptor(descriptor),
            `Cannot inject ${parameter(owner, position, descriptor)}`,
          ),
    );
  }
  return [...filled, ...args.slice(given)];
}

/** What the container has for the parameters from `from` on, up to the last it has something for. */
function left(construction: Construction, types: readonly unknown[], from: number): unknown[] {
  const values: unknown[] = [];
  for (let position = from; position < types.length; position++) {
    const type = types[position];
    if (!isUserClass(type) || !isKnown(construction, type)) continue;
    values.length = position - from;
    values.push(
      resolve(construction.container, { token: type }, `Cannot inject ${parameter(construction.type, position, type)}`),
    );
  }
  return values;
}

/** An optional parameter of any other class is just optional. */
function isKnown(construction: Construction, type: Class<unknown>): boolean {
  return Reflect.hasOwnMetadata('design:paramtypes', type) || construction.container.isRegistered(type, true);
}

/** Who has the constructor that `type` runs: compilers record parameters for the class that declares them. */
function declaringClass(type: Class<unknown>): Class<unknown> | undefined {
  for (let at: unknown = type; typeof at === 'function' && at !== Function.prototype; at = Object.getPrototypeOf(at)) {
    if (Reflect.hasOwnMetadata('design:paramtypes', at) || Reflect.hasOwnMetadata('injectionTokens', at)) {
      return at as Class<unknown>;
    }
  }
  return undefined;
}

function resolve(from: DependencyContainer, descriptor: InjectionDescriptor, what: string): unknown {
  const { transform } = descriptor;
  if (transform !== undefined) {
    const value = resolve(from, asDescriptor(descriptor.token), what);
    return from.resolve(transform).transform(value, ...(descriptor.transformArgs ?? []));
  }
  const token = descriptor.token as InjectionToken;
  const { isOptional } = descriptor;
  const isName = typeof token === 'string' || typeof token === 'symbol';
  if (isName && !from.isRegistered(token, true)) {
    if (isOptional) return descriptor.multiple ? [] : undefined;
    throw notInjectable(what);
  }
  try {
    return descriptor.multiple ? from.resolveAll(token) : from.resolve(token);
  } catch (error) {
    // Of a dependency further down: it says already what is missing and where.
    if (error instanceof InjectionError) throw error;
    throw notInjectable(what, error);
  }
}

/** Of older versions of tsyringe, a bare token. */
function asDescriptor(value: InjectionToken | InjectionDescriptor): InjectionDescriptor {
  return typeof value === 'object' && 'token' in value
    ? (value as InjectionDescriptor)
    : { token: value as InjectionToken };
}

function parameter(type: Class<unknown>, position: number, injected: InjectionDescriptor | Class<unknown>): string {
  let token: unknown = injected;
  while (typeof token === 'object' && token !== null && 'token' in token) token = token.token;
  const name = parameterName(type, position);
  return `${describeToken(token)} as parameter ${name === undefined ? position + 1 : `'${name}'`} of class ${type.name}`;
}

/** In distinction to `Date` and the like, which no container is to make. */
function isUserClass(value: unknown): value is Class<unknown> {
  return typeof value === 'function' && /^class\b/.test(Function.prototype.toString.call(value));
}
