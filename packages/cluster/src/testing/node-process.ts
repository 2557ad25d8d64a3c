// The process of a node that a test starts: a daemon that does what the test tells it by IPC, and ends with the test.
import { Daemon } from '../daemon/daemon.ts';
import { endOnSignals } from '../daemon/end-on-signals.ts';
import type { DaemonSettings } from '../daemon/settings.ts';
import type { MembershipTiming } from '../membership/index.ts';
import { encodeFailure } from '../request-failure.ts';
import { TestWire } from './test-wire.ts';

export type ToNodeProcess =
  | { readonly op: 'start'; readonly settings: DaemonSettings; readonly timing: Partial<MembershipTiming> }
  | { readonly op: 'cut'; readonly nodeId: string }
  | { readonly op: 'heal' };

/** `nodeId`: it is usable; again when it has joined again under another id. */
export type FromNodeProcess = { readonly nodeId: string } | { readonly failure: string };

const wire = new TestWire();
process.once('disconnect', () => process.exit(1));
process.on('message', (message: ToNodeProcess) => {
  if (message.op === 'start') void run(message.settings, message.timing);
  else if (message.op === 'cut') wire.cut(message.nodeId);
  else wire.heal();
});

const tell = (message: FromNodeProcess, then = () => {}) => process.send?.(message, then);

async function run(settings: DaemonSettings, timing: Partial<MembershipTiming>): Promise<void> {
  let daemon: Daemon;
  try {
    daemon = await Daemon.start(settings, { wire, timing, onJoined: nodeId => tell({ nodeId }) });
  } catch (error) {
    tell({ failure: encodeFailure(error) }, () => process.exit(1));
    return;
  }
  endOnSignals(daemon);
  const problem = await daemon.ended;
  if (problem !== undefined) console.error(problem);
  process.exit(problem === undefined ? 0 : 1);
}
