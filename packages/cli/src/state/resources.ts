import type { StateRecords, StateResource } from '@aktis/core';

/** A kind of records as people name it. */
interface Resource {
  readonly resource: StateResource;
  readonly id: string;
  /** One of them. */
  readonly singular: string;
}

export const resources = {
  nodes: { resource: 'nodes', id: 'nodeId', singular: 'node' },
  actors: { resource: 'actors', id: 'actorId', singular: 'actor' },
  tasks: { resource: 'tasks', id: 'taskId', singular: 'task' },
  objects: { resource: 'objects', id: 'objectId', singular: 'object' },
  jobs: { resource: 'jobs', id: 'jobId', singular: 'job' },
  workers: { resource: 'workers', id: 'workerId', singular: 'worker' },
  'placement-groups': { resource: 'placementGroups', id: 'placementGroupId', singular: 'placement group' },
} as const satisfies Record<string, Resource>;

export type ResourceName = keyof typeof resources;

export const resourceNames = Object.keys(resources) as ResourceName[];

export type AnyRecord = StateRecords[StateResource];
