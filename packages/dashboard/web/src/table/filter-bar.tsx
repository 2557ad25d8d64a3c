import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { equals, type Filter, parseFilters } from '../data/query.ts';
import { replaceQuery, route } from '../route.ts';
import { count } from '../text/numbers.ts';
import { byTone, stateName } from '../text/states.ts';

/** What is looked for, as the address says it: `?q=train+nodeId=ab&state=FAILED&sort=-duration`. */
export function useListQuery(searched: string, defaultSort: string) {
  const { query } = route.value;
  const state = query.get('state') ?? '';
  const text = query.get('q') ?? '';
  const filters: Filter[] = [...parseFilters(text, searched), ...(state ? [equals('state', state)] : [])];
  const sort = query.get('sort') ?? defaultSort;
  return { filters, sort, text, state, onSort: (next: string) => replaceQuery({ sort: next }) };
}

/** A search box and the states to choose from. */
export function FilterBar(props: {
  placeholder: string;
  states: readonly string[];
  counts?: Readonly<Record<string, number>> | undefined;
  children?: ComponentChildren;
}) {
  const { query } = route.value;
  const state = query.get('state') ?? '';
  const known = [...new Set([...props.states, ...Object.keys(props.counts ?? {})])].sort(byTone);
  return (
    <div class="filters" role="search">
      <SearchBox placeholder={props.placeholder} />
      <select
        aria-label="State"
        value={state}
        onChange={event => replaceQuery({ state: event.currentTarget.value || undefined })}
      >
        <option value="">all states</option>
        {known.map(name => (
          <option key={name} value={name}>
            {stateName(name)}
            {props.counts?.[name] !== undefined && ` (${count(props.counts[name])})`}
          </option>
        ))}
      </select>
      {props.children}
    </div>
  );
}

/** How long the reader must pause before what was typed is looked for. */
const PAUSE = 200;

/** Keeps the parameter `q` of the address. `/` leads to it. */
export function SearchBox({ placeholder }: { placeholder: string }) {
  const wanted = route.value.query.get('q') ?? '';
  const [text, setText] = useState(wanted);
  useEffect(() => setText(wanted), [wanted]);
  useEffect(() => {
    if (text === wanted) return;
    const timer = setTimeout(() => replaceQuery({ q: text || undefined }), PAUSE);
    return () => clearTimeout(timer);
  }, [text, wanted]);
  return (
    <input
      type="search"
      data-search
      placeholder={placeholder}
      aria-label={placeholder}
      value={text}
      spellcheck={false}
      autocomplete="off"
      onInput={event => setText(event.currentTarget.value)}
    />
  );
}
