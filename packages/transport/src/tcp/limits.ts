import { type BacklogLimits, defaultLimits } from '../backlog.ts';

/** What one end of a TCP link allows. Times are milliseconds. */
export interface TcpLimits {
  /** How much may be under way before the link is full; of both ends' limits the smaller ones hold. */
  readonly backlog: BacklogLimits;
  /** The longest frame this end takes, and so the largest message; below 4 GiB. Default 1 GiB. */
  readonly frameBytes: number;
  /** After so much silence the other end is asked for a sign of life. Default 1000. */
  readonly pingInterval: number;
  /**
   * After so much silence the other end is given up. Default 10000: an event loop may be busy for seconds, and its
   * process is still well. Should be several times the `pingInterval` of both ends.
   */
  readonly silence: number;
}

export const defaultTcpLimits: TcpLimits = {
  backlog: defaultLimits,
  frameBytes: 2 ** 30,
  pingInterval: 1000,
  silence: 10_000,
};

/** What both ends have agreed upon. */
export interface AgreedLimits {
  readonly backlog: BacklogLimits;
  /** The longest frame the other end takes. */
  readonly sendFrameBytes: number;
}
