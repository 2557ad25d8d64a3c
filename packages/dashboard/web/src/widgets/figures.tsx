import type { ComponentChildren } from 'preact';

/** A row of large numbers. */
export function Figures({
  figures,
}: {
  figures: readonly (readonly [string, ComponentChildren, ComponentChildren?])[];
}) {
  return (
    <dl class="figures">
      {figures.map(([name, value, note]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>
            {value} {note !== undefined && <small>{note}</small>}
          </dd>
        </div>
      ))}
    </dl>
  );
}
