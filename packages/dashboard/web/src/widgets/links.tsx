import { status } from '../data/live.ts';
import { href } from '../route.ts';
import { shortId } from '../text/resources.ts';

/** A link to one record of a page, by its short id or a name. */
export function IdLink({ page, id, name }: { page: string; id: string | undefined; name?: string | undefined }) {
  if (id === undefined) return <span class="quiet">none</span>;
  return (
    <a href={href(page, id)} title={id} class={name === undefined ? 'mono' : undefined} tabIndex={undefined}>
      {name ?? shortId(id)}
    </a>
  );
}

/** A link to a node, by its name. */
export function NodeLink({ id }: { id: string | undefined }) {
  return <IdLink page="nodes" id={id} name={id === undefined ? undefined : nodeName(id)} />;
}

/** The name of a node; what is no id of a node stays as it is. */
export function nodeName(id: string): string {
  return status.value?.nodes.find(node => node.nodeId === id)?.name ?? shortId(id);
}
