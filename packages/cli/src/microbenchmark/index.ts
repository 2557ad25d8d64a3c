/**
 * The harness of the benchmarks, and those that need nothing but Aktis and Node. `aktis microbenchmark` runs these;
 * `benchmarks/` adds peers, Ray and the cases of scale.
 */
export type { Benchmark, Target } from './benchmark.ts';
export { type Contest, type ContestSettings, hold, type SideReadings } from './contest.ts';
export { collectGarbage } from './garbage.ts';
export { describeMachine, type Machine, machine } from './machine.ts';
export { type NodeCase, nodeSide } from './node-side.ts';
export { judge, type Result, type SideResult, type Verdict } from './result.ts';
export { type Contestant, type Role, type Side, SideFailure, type SideSettings } from './side.ts';
export { median, quantile, slope } from './statistics.ts';
export { baselines, suite } from './suite.ts';
export { ABSENT, table } from './table.ts';
export { largeArray, type SmallObject, smallObjects } from './values.ts';
export {
  type Case,
  type CaseParameters,
  type Cases,
  inFlight,
  measured,
  oneAtATime,
  type Reading,
  repeated,
  times,
  type Workload,
} from './workload.ts';
