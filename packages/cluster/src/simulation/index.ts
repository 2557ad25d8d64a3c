export { seededRandom } from './random.ts';
export { SimulatedCluster, type SimulatedNode } from './simulated-cluster.ts';
export { VirtualTime } from './virtual-time.ts';
