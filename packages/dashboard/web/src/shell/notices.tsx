import { connection, deaths, heardAt } from '../data/live.ts';
import { href } from '../route.ts';
import { ago, clock } from '../text/times.ts';
import { now } from '../widgets/now.tsx';

/** What the reader must hear of on whatever page: the connection is lost, a node has died. */
export function Notices() {
  const isLost = connection.value === 'lost';
  return (
    <div role="status">
      {isLost && (
        <div class="notice">
          <strong>Connection lost</strong>
          <span>
            {heardAt.value > 0 && `What you see is from ${clock(heardAt.value)} (${ago(heardAt.value, now.value)}). `}
            Trying again every 2 seconds; if the program has ended, there is nothing to come back to.
          </span>
        </div>
      )}
      {deaths.value.map(death => (
        <div class="notice" key={death.nodeId}>
          <strong>
            Node <a href={href('nodes', death.nodeId)}>{death.name}</a> died
          </strong>
          <span>
            {clock(death.at)}: {death.reason}
          </span>
          <button
            type="button"
            onClick={() => (deaths.value = deaths.peek().filter(({ nodeId }) => nodeId !== death.nodeId))}
          >
            Dismiss
          </button>
        </div>
      ))}
    </div>
  );
}
