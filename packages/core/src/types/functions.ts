import type { ObjectRef } from '../object-ref.ts';
import type { ResourceMap } from '../resources.ts';
import type { ActorHandle } from './handles.ts';
import type {
  CancelOptions,
  GetActorOptions,
  GetOptions,
  InitOptions,
  KillOptions,
  PlacementGroupOptions,
  WaitOptions,
} from './options.ts';
import type { PlacementGroup } from './placement-group.ts';
import type { Values } from './refs.ts';
import type { MemoryStats, NodeInfo, RuntimeContext, Session } from './reports.ts';

/** The type of `init`. */
export type Init = (options?: InitOptions) => Promise<Session>;

/** The type of `shutdown`. */
export type Shutdown = () => Promise<void>;

/** The type of `get`. Groups of refs and streams are refs too, so the first form comes first. */
export interface Get {
  <T>(ref: ObjectRef<T>, options?: GetOptions): Promise<T>;
  <const Refs extends readonly ObjectRef[]>(refs: Refs, options?: GetOptions): Promise<Values<Refs>>;
}

/** The type of `put`. A ref has its object already. */
export type Put = <T>(value: T extends ObjectRef ? never : T) => ObjectRef<T>;

/** The type of `wait`. */
export type Wait = <Ref extends ObjectRef>(
  refs: readonly Ref[],
  options?: WaitOptions,
) => Promise<[ready: Ref[], pending: Ref[]]>;

/** The type of `asCompleted`. */
export type AsCompleted = <Ref extends ObjectRef>(refs: Iterable<Ref>) => AsyncGenerator<Ref, void, undefined>;

/** The type of `cancel`. */
export type Cancel = (ref: ObjectRef, options?: CancelOptions) => Promise<void>;

/** The type of `kill`. */
export type Kill = (actor: ActorHandle, options?: KillOptions) => Promise<void>;

/** The type of `getActor`: `getActor<typeof Counter>('hits')`. Without a class every method name is allowed. */
// biome-ignore lint/suspicious/noExplicitAny: what is not known about the class is not checked either
export type GetActor = <Class extends abstract new (...args: never[]) => unknown = any>(
  name: string,
  options?: GetActorOptions,
) => Promise<ActorHandle<InstanceType<Class>>>;

/** The type of `exitActor`. */
export type ExitActor = () => never;

/** The type of `runtimeContext`. */
export type GetRuntimeContext = () => RuntimeContext;

/** The type of `nodes`. */
export type Nodes = (options?: { readonly all?: boolean }) => Promise<NodeInfo[]>;

/** The type of `clusterResources` and `availableResources`. */
export type Resources = () => Promise<ResourceMap>;

/** The type of `memoryStats`. */
export type GetMemoryStats = () => Promise<MemoryStats>;

/** The type of `explain`. */
export type Explain = (ref: ObjectRef) => Promise<string>;

/** The type of `placementGroup`. */
export type CreatePlacementGroup = (bundles: readonly ResourceMap[], options?: PlacementGroupOptions) => PlacementGroup;
