import type { ComponentChildren } from 'preact';

/** Nothing to show, why, and what would make it appear. */
export function Empty({ title, children, code }: { title: string; children?: ComponentChildren; code?: string }) {
  return (
    <div class="empty">
      <strong>{title}</strong>
      {children}
      {code && (
        <pre tabIndex={0}>
          <code>{code}</code>
        </pre>
      )}
    </div>
  );
}

export function Failure({ children }: { children: ComponentChildren }) {
  return (
    <p class="failure" role="alert">
      {children}
    </p>
  );
}

/** Something the reader must know before reading on; calm: nothing is wrong. */
export function Notice(props: { title: string; isCalm?: boolean; children?: ComponentChildren }) {
  return (
    <div class={props.isCalm ? 'notice calm' : 'notice'} role={props.isCalm ? 'status' : 'alert'}>
      <strong>{props.title}</strong>
      <span>{props.children}</span>
    </div>
  );
}
