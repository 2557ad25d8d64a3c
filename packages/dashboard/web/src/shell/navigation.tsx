import { connection, status } from '../data/live.ts';
import { isPast } from '../data/past.ts';
import { href, route } from '../route.ts';
import { count } from '../text/numbers.ts';
import { switchTheme, theme } from '../theme.ts';
import { isHelpOpen } from './help.tsx';
import { Mark } from './mark.tsx';
import { SECTIONS } from './sections.ts';

export function Navigation() {
  const [first = ''] = route.value.path;
  const here = first === 'workers' ? 'nodes' : first;
  const known = status.value;
  return (
    <header class="side">
      <a class="brand" href="#/">
        <Mark />
        Aktis
      </a>
      <nav class="nav" aria-label="Pages">
        {SECTIONS.filter(({ isLive }) => !(isPast && isLive)).map(({ page, title, count: countIn, begins }) => (
          <>
            {begins && <hr key={`before ${page}`} />}
            <a key={page} href={href(page)} aria-current={page === here ? 'page' : undefined}>
              {title}
              {known && countIn && <span class="number">{count(countIn(known))}</span>}
            </a>
          </>
        ))}
      </nav>
      <Session />
    </header>
  );
}

const CONNECTIONS = { connecting: 'connecting', live: 'live', lost: 'connection lost', 'locked out': 'not signed in' };

function Session() {
  const known = status.value;
  const dark = theme.value === 'dark';
  return (
    <div class="session">
      <p class="connection">
        <i class="live-dot" data-connection={connection.value} />
        {isPast && connection.value === 'live' ? 'written down' : CONNECTIONS[connection.value]}
      </p>
      {known && (
        <p class="address" title={`session ${known.sessionId}`}>
          {known.address} · {known.version}
        </p>
      )}
      <div class="switches">
        <button type="button" onClick={switchTheme} title="d">
          {dark ? 'Light' : 'Dark'}
        </button>
        <button type="button" onClick={() => (isHelpOpen.value = true)} aria-label="Keyboard shortcuts" title="?">
          ?
        </button>
      </div>
    </div>
  );
}
