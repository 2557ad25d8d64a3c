// What the type tests see: the umbrella as users install it, and the types that it may not mention yet.

export type {
  ActorHandle,
  Args,
  CallTask,
  ConstructorArgs,
  CreateActor,
  Injected,
  RefOf,
  RemoteMethod,
  RuntimeContext,
  Session,
} from '@aktis/core';
export { ObjectRef, ObjectRefStream, type PlacementGroup } from '@aktis/core';
export * from 'aktis';
