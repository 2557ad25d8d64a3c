import { pathToFileURL } from 'node:url';

/** A scheme has two letters or more: `C:\` is a path. */
const scheme = /^[a-z][a-z0-9+.-]+:/i;
const typescript = /\.[cm]?tsx?$/;

/** The one URL of a module, whether it is named by path or URL, with `?v=1` or without. */
export function moduleUrl(pathOrUrl: string): string {
  if (pathOrUrl.startsWith('data:')) return pathOrUrl;
  const bare = pathOrUrl.replace(/[?#][^/\\]*$/, '');
  return scheme.test(bare) ? bare : pathToFileURL(bare).href;
}

/** Whether `pathOrUrl` carries a query, as modules do that a bundler or a hot reload loads again. */
export function hasQuery(pathOrUrl: string): boolean {
  return !pathOrUrl.startsWith('data:') && /\?[^/\\]*$/.test(pathOrUrl);
}

/** Whether Node cannot load the module as it is. */
export function isTypeScript(pathOrUrl: string): boolean {
  return typescript.test(pathOrUrl.replace(/[?#][^/\\]*$/, ''));
}
