import * as aktis from 'aktis';
import * as testing from 'aktis/testing';

/** Who adds a name makes a promise to users: it is documented, and stays. */
test('the names that programs can import are these', () => {
  expect(Object.keys(testing).sort()).toEqual(['Cluster', 'NetworkUnavailableError']);
  expect(Object.keys(aktis).sort()).toEqual(
    [
      [
        'init',
        'isInitialized',
        'shutdown',
        'remote',
        'get',
        'put',
        'wait',
        'asCompleted',
        'cancel',
        'kill',
        'getActor',
      ],
      ['exitActor', 'runtimeContext', 'logContext', 'ObjectRef', 'ObjectRefStream', 'placementGroup'],
      ['removePlacementGroup', 'register', 'serializable', 'service', 'container'],
      ['ActorPool', 'Pool', 'Queue', 'metrics', 'metricsSnapshot'],
      ['nodes', 'clusterResources', 'availableResources', 'memoryStats', 'timeline', 'explain'],
      [
        'listActors',
        'listJobs',
        'listLogs',
        'listNodes',
        'listObjects',
        'listPlacementGroups',
        'listTasks',
        'listWorkers',
      ],
      ['getActorInfo', 'getJobInfo', 'getLog', 'getNodeInfo', 'getObjectInfo', 'getPlacementGroupInfo', 'getStacks'],
      ['getTaskInfo', 'getWorkerInfo', 'profileThread', 'takeHeapSnapshot'],
      ['summarizeActors', 'summarizeObjects', 'summarizeTasks'],
      ['AktisError', 'ActorDeadlockError', 'ActorDiedError', 'ActorNotFoundError', 'ActorUnavailableError'],
      ['AlreadyInitializedError', 'AuthenticationError', 'ClusterUnreachableError', 'ControlPlaneUnavailableError'],
      ['GetTimeoutError', 'InjectionError', 'InvalidOptionError', 'ModuleLoadError', 'NameTakenError', 'NodeDiedError'],
      ['NodeSilentError', 'NotInitializedError', 'ObjectLostError', 'ObjectStoreFullError', 'OutOfMemoryError'],
      ['OwnerDiedError', 'PendingCallsLimitError', 'PlacementGroupRemovedError', 'PoolUsageError', 'QueueEmptyError'],
      ['QueueFullError', 'SerializationError', 'TaskCancelledError', 'TaskError', 'TaskTimeoutError'],
      ['UnschedulableError', 'VersionMismatchError', 'WorkerDiedError'],
    ]
      .flat()
      .sort(),
  );
});
