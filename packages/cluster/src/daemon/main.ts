// The process that `aktis start` leaves behind. It learns by IPC what to be, and tells whether it became that.
import { encodeFailure } from '../request-failure.ts';
import { Daemon } from './daemon.ts';
import { endOnSignals } from './end-on-signals.ts';
import type { DaemonSettings } from './settings.ts';

// Whoever started it is gone before it was usable: nobody knows of it.
const onLauncherGone = () => process.exit(1);
process.once('disconnect', onLauncherGone);
process.once('message', settings => void run(settings as DaemonSettings));

async function run(settings: DaemonSettings): Promise<void> {
  let daemon: Daemon;
  try {
    daemon = await Daemon.start(settings, { waiting: text => process.send?.({ waiting: text }) });
  } catch (error) {
    process.send?.({ failure: encodeFailure(error) }, () => process.exit(1));
    return;
  }
  endOnSignals(daemon);
  process.off('disconnect', onLauncherGone);
  process.send?.({ facts: daemon.introduction() }, () => process.disconnect?.());
  const problem = await daemon.ended;
  if (problem !== undefined) console.error(problem);
  process.exit(problem === undefined ? 0 : 1);
}
