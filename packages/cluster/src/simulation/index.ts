export type { PlaceableTask, PlacedRun, RemoteLane, WaitingQueue } from '../tasks/remote-lane.ts';
export { TaskPlacement } from '../tasks/task-placement.ts';
export { seededRandom } from './random.ts';
export { SimulatedCluster, type SimulatedNode } from './simulated-cluster.ts';
export { VirtualTime } from './virtual-time.ts';
