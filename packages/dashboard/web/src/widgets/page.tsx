import type { ComponentChildren } from 'preact';
import { useEffect } from 'preact/hooks';

/** What every page has: its name in the heading and in the browser's tab. `fills`: it does not scroll as a whole. */
export function PageFrame(props: {
  title: string;
  crumb?: ComponentChildren;
  beside?: ComponentChildren;
  controls?: ComponentChildren;
  fills?: boolean;
  children: ComponentChildren;
}) {
  useEffect(() => {
    document.title = `${props.title} · Aktis`;
  }, [props.title]);
  return (
    <main class={props.fills ? 'page fills' : 'page'} id="page" tabIndex={-1}>
      <div class="page-head">
        {props.crumb && <p class="crumb">{props.crumb}</p>}
        <h1>{props.title}</h1>
        {props.beside}
        {props.controls && <div class="controls">{props.controls}</div>}
      </div>
      {props.children}
    </main>
  );
}
