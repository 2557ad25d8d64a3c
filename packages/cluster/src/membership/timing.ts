/** For so long the main thread of a driver may be busy. In milliseconds. */
export const BUSY_DRIVER_MS = 60_000;

/** All in milliseconds, unless said otherwise. */
export interface MembershipTiming {
  /** How often a node tells that it lives. */
  readonly heartbeat: number;
  /** The least time between two heartbeats when the load changes. */
  readonly heartbeatGap: number;
  /** As many heartbeats per second may reach a node because loads change: in large clusters they are told less often. */
  readonly heartbeatsPerSecond: number;
  /** How often the lease is written. */
  readonly lease: number;
  /** How often a node looks who has been silent. */
  readonly tick: number;
  /** Silence after which a node gets no new work. */
  readonly suspectAfter: number;
  /** Silence after which a node may be declared dead. */
  readonly deadAfter: number;
  /** Silence after which a driver may be declared dead: its main thread runs what the user wrote, which may compute for long. */
  readonly driverDeadAfter: number;
  /** How long a probe waits for its answer. */
  readonly probeTimeout: number;
  /** Between two probes. */
  readonly probeGap: number;
  /** Without the store for so long, a node asks its peers whether they have it. Shorter than `deadAfter`. */
  readonly storeLossLimit: number;
  /** After the store came back: for so long, nodes nobody answers for may just be connecting again. */
  readonly grace: number;
}

export const defaultTiming: MembershipTiming = {
  heartbeat: 1_000,
  heartbeatGap: 100,
  heartbeatsPerSecond: 2_000,
  lease: 5_000,
  tick: 500,
  suspectAfter: 3_000,
  deadAfter: 10_000,
  driverDeadAfter: BUSY_DRIVER_MS,
  probeTimeout: 1_000,
  probeGap: 500,
  storeLossLimit: 8_000,
  grace: 5_000,
};
