import { AktisError, AuthenticationError, addBrand, branded, brandsOf, SerializationError } from '@aktis/transport';

export { AktisError, AuthenticationError, SerializationError };

/** The remote function or method threw. Also an instance of the thrown error's class; `cause` is what was thrown. */
export class TaskError extends AktisError {
  static override readonly code = 'ERR_AKTIS_TASK';
  declare readonly taskId?: string;
  declare readonly taskName?: string;
  declare readonly actorId?: string;
  declare readonly nodeId?: string;
  declare readonly workerId?: string;
}
branded(TaskError);

/** The task was cancelled, or its caller was, or the session ended first. */
export class TaskCancelledError extends AktisError {
  static override readonly code = 'ERR_AKTIS_TASK_CANCELLED';
}
branded(TaskCancelledError);

/** The task ran longer than its `timeout`. */
export class TaskTimeoutError extends AktisError {
  static override readonly code = 'ERR_AKTIS_TASK_TIMEOUT';
}
branded(TaskTimeoutError);

/** `get` or `wait` did not see its refs ready in time. The work itself goes on. */
export class GetTimeoutError extends AktisError {
  static override readonly code = 'ERR_AKTIS_GET_TIMEOUT';
}
branded(GetTimeoutError);

/** The thread that ran the task died (exit, native fault, termination). */
export class WorkerDiedError extends AktisError {
  static override readonly code: string = 'ERR_AKTIS_WORKER_DIED';
}
branded(WorkerDiedError);

/** The thread reached its heap limit. */
export class OutOfMemoryError extends WorkerDiedError {
  static override readonly code = 'ERR_AKTIS_OUT_OF_MEMORY';
}
branded(OutOfMemoryError);

/** The node that ran or should have run the work is gone, or its session ended. */
export class NodeDiedError extends WorkerDiedError {
  static override readonly code = 'ERR_AKTIS_NODE_DIED';
}
branded(NodeDiedError);

/** A node that counts as alive did not answer a question in time: it is frozen, or busy. */
export class NodeSilentError extends AktisError {
  static override readonly code = 'ERR_AKTIS_NODE_SILENT';
}
branded(NodeSilentError);

/** The actor is gone for good: killed, ended, failed in its constructor, or died without restarts left. */
export class ActorDiedError extends AktisError {
  static override readonly code = 'ERR_AKTIS_ACTOR_DIED';
}
branded(ActorDiedError);

/** The actor died during the call and restarts. The call may or may not have run. */
export class ActorUnavailableError extends AktisError {
  static override readonly code = 'ERR_AKTIS_ACTOR_UNAVAILABLE';
}
branded(ActorUnavailableError);

/** The awaited call can never start because it waits, directly or through others, for the method that awaits it. */
export class ActorDeadlockError extends AktisError {
  static override readonly code = 'ERR_AKTIS_ACTOR_DEADLOCK';
}
branded(ActorDeadlockError);

/** No living actor has this name in this namespace. */
export class ActorNotFoundError extends AktisError {
  static override readonly code = 'ERR_AKTIS_ACTOR_NOT_FOUND';
}
branded(ActorNotFoundError);

/** Another living actor has the name already. */
export class NameTakenError extends AktisError {
  static override readonly code = 'ERR_AKTIS_NAME_TAKEN';
}
branded(NameTakenError);

/** More unfinished calls than the actor's `maxPendingCalls`. */
export class PendingCallsLimitError extends AktisError {
  static override readonly code = 'ERR_AKTIS_PENDING_CALLS_LIMIT';
}
branded(PendingCallsLimitError);

/** The object's value is gone and cannot be made again. */
export class ObjectLostError extends AktisError {
  static override readonly code: string = 'ERR_AKTIS_OBJECT_LOST';
}
branded(ObjectLostError);

/** The node that owned the object is gone. */
export class OwnerDiedError extends ObjectLostError {
  static override readonly code = 'ERR_AKTIS_OWNER_DIED';
}
branded(OwnerDiedError);

/** The object store is full and nothing more can be spilled to disk. */
export class ObjectStoreFullError extends AktisError {
  static override readonly code = 'ERR_AKTIS_OBJECT_STORE_FULL';
}
branded(ObjectStoreFullError);

/** A worker could not load the module that defines the function or class, or did not find it there. */
export class ModuleLoadError extends AktisError {
  static override readonly code = 'ERR_AKTIS_MODULE_LOAD';
}
branded(ModuleLoadError);

/** No node can ever satisfy what the work demands. */
export class UnschedulableError extends AktisError {
  static override readonly code = 'ERR_AKTIS_UNSCHEDULABLE';
}
branded(UnschedulableError);

/** The placement group the work was bound to has been removed. */
export class PlacementGroupRemovedError extends AktisError {
  static override readonly code = 'ERR_AKTIS_PLACEMENT_GROUP_REMOVED';
}
branded(PlacementGroupRemovedError);

/** The control store cannot be reached; what already runs goes on. */
export class ControlPlaneUnavailableError extends AktisError {
  static override readonly code = 'ERR_AKTIS_CONTROL_PLANE_UNAVAILABLE';
}
branded(ControlPlaneUnavailableError);

/** No cluster answers at the address. */
export class ClusterUnreachableError extends AktisError {
  static override readonly code = 'ERR_AKTIS_CLUSTER_UNREACHABLE';
}
branded(ClusterUnreachableError);

/** The cluster runs another minor version of Aktis: their messages may differ. */
export class VersionMismatchError extends AktisError {
  static override readonly code = 'ERR_AKTIS_VERSION_MISMATCH';
}
branded(VersionMismatchError);

/** The call needs a running session: call `init()` first. */
export class NotInitializedError extends AktisError {
  static override readonly code = 'ERR_AKTIS_NOT_INITIALIZED';
}
branded(NotInitializedError);

/** The program has a session already. */
export class AlreadyInitializedError extends AktisError {
  static override readonly code = 'ERR_AKTIS_ALREADY_INITIALIZED';
}
branded(AlreadyInitializedError);

/** `Queue.put` found no room in time. */
export class QueueFullError extends AktisError {
  static override readonly code = 'ERR_AKTIS_QUEUE_FULL';
}
branded(QueueFullError);

/** `Queue.get` found no item in time. */
export class QueueEmptyError extends AktisError {
  static override readonly code = 'ERR_AKTIS_QUEUE_EMPTY';
}
branded(QueueEmptyError);

/** An option has a value that is not allowed; the message names option, value and what is allowed. Also a `TypeError`. */
export class InvalidOptionError extends TypeError {
  readonly code = 'ERR_AKTIS_INVALID_OPTION';

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    Object.defineProperty(this, 'name', { value: 'InvalidOptionError', configurable: true, writable: true });
    addBrand(this, AktisError);
    addBrand(this, InvalidOptionError);
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    return brandsOf(value).includes('InvalidOptionError');
  }
}
branded(InvalidOptionError);
