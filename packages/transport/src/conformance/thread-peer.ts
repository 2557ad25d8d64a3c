/** The boot module of a worker that plays the peer of the conformance suite. */
import { connectToHost } from '../index.ts';
import { Op, runConformancePeer } from './peer.ts';

const { link, data, expose } = connectToHost<ThreadPeerControl>();

/** What tests can ask of the thread beside the link. */
export interface ThreadPeerControl {
  double(n: number): number;
  fail(message: string): void;
  never(): Promise<void>;
  exit(code: number): void;
  /** Sends `count` messages and exits in the same breath. */
  sendAndExit(count: number): void;
  print(stdout: string, stderr: string): void;
  throwLater(message: string): void;
  exhaust(): void;
  data(): unknown;
}

expose({
  double: n => n * 2,
  fail: message => {
    throw new RangeError(message);
  },
  never: () => new Promise(() => {}),
  exit: code => process.exit(code),
  sendAndExit: count => {
    for (let i = 0; i < count; i++) link.send([Op.flood, i]);
    link.flush();
    process.exit(1);
  },
  print: (stdout, stderr) => {
    process.stdout.write(stdout);
    process.stderr.write(stderr);
  },
  throwLater: message => {
    setImmediate(() => {
      throw new TypeError(message);
    });
  },
  exhaust: () => {
    const kept: object[] = [];
    for (;;) kept.push(new Array(10_000).fill({}));
  },
  data: () => data,
});
runConformancePeer(link);
