import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import type { CpuProfile, WorkerStack } from '../../../src/api-types.ts';
import { ask, messageOf, send } from '../data/api.ts';
import { download } from '../data/download.ts';
import { isPast } from '../data/past.ts';
import { FlameGraph } from '../flame/flame-graph.tsx';
import { bytes } from '../text/numbers.ts';
import { clock } from '../text/times.ts';
import { Failure } from '../widgets/messages.tsx';
import { Panel } from '../widgets/panel.tsx';

type Found =
  | { readonly kind: 'stack'; readonly stack: WorkerStack; readonly at: number }
  | { readonly kind: 'profile'; readonly profile: CpuProfile; readonly at: number };

const POST = { method: 'POST' };
const PROFILE_SECONDS = [1, 3, 10, 30];

/** Looks into a living worker: the buttons, and what they found. */
export function useWorkerTools(workerId: string): { tools: ComponentChildren; found: ComponentChildren } {
  const [seconds, setSeconds] = useState(3);
  const [busy, setBusy] = useState<string | undefined>(undefined);
  const [found, setFound] = useState<Found | undefined>(undefined);
  const [failure, setFailure] = useState<string | undefined>(undefined);
  const path = `workers/${encodeURIComponent(workerId)}`;

  const during = async (what: string, work: () => Promise<void>) => {
    setBusy(what);
    setFailure(undefined);
    try {
      await work();
    } catch (error) {
      setFailure(messageOf(error));
    }
    setBusy(undefined);
  };
  const takeStack = () =>
    during('Asking for the stack…', async () => {
      setFound({ kind: 'stack', stack: await ask<WorkerStack>(`${path}/stack`, POST), at: Date.now() });
    });
  const takeProfile = () =>
    during(`Watching for ${seconds} s…`, async () => {
      const profile = await ask<CpuProfile>(`${path}/profile?ms=${seconds * 1000}`, POST);
      setFound({ kind: 'profile', profile, at: Date.now() });
    });
  const takeSnapshot = () =>
    during('Taking a heap snapshot; the worker stands still meanwhile…', async () => {
      const response = await send(`${path}/heap-snapshot`, POST);
      const blob = await response.blob();
      setBusy(`Saving ${bytes(blob.size)}…`);
      download(blob, `worker-${workerId}.heapsnapshot`);
    });

  if (isPast) return { tools: null, found: null };
  return {
    tools: (
      <Panel title="Look inside" note={<span role="status">{busy}</span>}>
        <div style={{ display: 'flex', flexWrap: 'wrap', gap: '8px' }}>
          <button type="button" disabled={busy !== undefined} onClick={takeStack}>
            Stack
          </button>
          <button type="button" disabled={busy !== undefined} onClick={takeProfile}>
            CPU flame graph
          </button>
          <select
            aria-label="How long to watch"
            value={seconds}
            onChange={event => setSeconds(Number(event.currentTarget.value))}
          >
            {PROFILE_SECONDS.map(choice => (
              <option key={choice} value={choice}>
                for {choice} s
              </option>
            ))}
          </select>
          <button type="button" disabled={busy !== undefined} onClick={takeSnapshot}>
            Heap snapshot
          </button>
        </div>
        {failure && <Failure>{failure}</Failure>}
      </Panel>
    ),
    found: (
      <>
        {found?.kind === 'stack' && (
          <Panel title="Stack" note={`at ${clock(found.at)}`} flush>
            <pre class="trace" tabIndex={0}>
              {found.stack.text || 'Nothing runs: the worker waits for events.'}
            </pre>
          </Panel>
        )}
        {found?.kind === 'profile' && (
          <FlameGraph
            key={found.at}
            profile={found.profile}
            name={`worker-${workerId}-${new Date(found.at).toISOString().slice(0, 19)}`}
          />
        )}
      </>
    ),
  };
}
