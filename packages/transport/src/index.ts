export { AktisError, addBrand, branded, brandsOf } from './aktis-error.ts';
export type { CloseReason, Link, Message } from './link.ts';
export { type BufferPart, type Payload, payloadBytes, type RichPayload, SHARED_FROM, type WireReference } from './payload.ts';
export { SerializationError } from './serialization-error.ts';
