import type { ComponentChildren } from 'preact';
import { useId } from 'preact/hooks';

/** A titled box. `flush`: what is inside reaches its borders. */
export function Panel(props: {
  title: string;
  note?: ComponentChildren;
  controls?: ComponentChildren;
  flush?: boolean;
  children: ComponentChildren;
}) {
  const id = useId();
  return (
    <section class="panel" aria-labelledby={id}>
      <header>
        <h2 id={id}>{props.title}</h2>
        {props.note && <span class="quiet">{props.note}</span>}
        {props.controls && <div class="controls">{props.controls}</div>}
      </header>
      {props.flush ? props.children : <div class="body">{props.children}</div>}
    </section>
  );
}
