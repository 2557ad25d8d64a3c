import { useEffect } from 'preact/hooks';
import { ask } from '../data/api.ts';
import { connect } from '../data/live.ts';
import { Mark } from './mark.tsx';

/** Whoever has no cookie of this session stands here. */
export function Door() {
  const knock = () => {
    ask('status').then(connect, () => {});
  };
  useEffect(() => {
    document.title = 'Sign in · Aktis';
    // Signed in with the link, in another tab.
    addEventListener('focus', knock);
    return () => removeEventListener('focus', knock);
  });
  return (
    <main class="door">
      <Mark />
      <h1>This dashboard wants to know who you are</h1>
      <p>
        On the machine where Aktis runs, print a link and open it in this browser. It works once, within five minutes:
      </p>
      <pre>
        <code>npx aktis dashboard</code>
      </pre>
      <p class="quiet">
        The link sets a cookie that lasts as long as the session. <code>init()</code> prints one as well.
      </p>
      <button type="button" onClick={knock}>
        Try again
      </button>
    </main>
  );
}
