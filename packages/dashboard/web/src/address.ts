/** Where the reader is, as the address says it after `#`: `/tasks/ab12?state=FAILED`. */
export interface Route {
  /** `tasks`, `ab12`. Never empty: the overview is `overview`. */
  readonly path: readonly string[];
  readonly query: URLSearchParams;
}

/** What stands in the address after `#`. */
export function parseRoute(text: string): Route {
  const [path = '', query = ''] = text.replace(/^#?\/?/, '').split(/\?(.*)/s);
  const parts = path.split('/').filter(Boolean).map(decodePart);
  return { path: parts.length > 0 ? parts : ['overview'], query: new URLSearchParams(query) };
}

function decodePart(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** The address of a page, for links: `href('tasks', id)`. */
export function href(page: string, id?: string, query?: Readonly<Record<string, string | undefined>>): string {
  const entries = Object.entries(query ?? {}).filter((entry): entry is [string, string] => !!entry[1]);
  const search = entries.length > 0 ? `?${new URLSearchParams(entries)}` : '';
  return `#/${page}${id === undefined ? '' : `/${encodeURIComponent(id)}`}${search}`;
}
