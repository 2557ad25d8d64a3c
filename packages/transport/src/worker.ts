/**
 * Everything of this package, without loading SuperJSON: for the modules a worker thread boots with. Such a worker
 * awaits `codecReady()` before its first value.
 */
export { AktisError, addBrand, branded, brandedClass, brandsOf } from './aktis-error.ts';
export { AuthenticationError } from './authentication-error.ts';
export { type BacklogLimits, defaultLimits } from './backlog.ts';
export {
  type AnyClass,
  DuplicateClassError,
  register,
  registeredClass,
  registeredName,
  serializable,
} from './codec/classes.ts';
export { Codec } from './codec/codec.ts';
export { noReferences, type ReferenceAdapter } from './codec/reference-adapter.ts';
export { codecReady } from './codec/rich-path.ts';
export { inlineLinkPair } from './inline.ts';
export type { CloseReason, Intake, Link, Message } from './link.ts';
export {
  type BufferPart,
  type Payload,
  payloadBytes,
  type RichPayload,
  SHARED_ABOVE,
  type WireReference,
} from './payload.ts';
export { SerializationError } from './serialization-error.ts';
export { connectToHost, dataFromHost, type HostConnection } from './threads/connect-to-host.ts';
