/**
 * Packages of which a program must get the copies of the node it runs on: one registry of definitions, one container,
 * one set of metadata. In a bundle placeholders stand for them, which `CodeCache` replaces by where they are.
 */
const installed = /^(?:aktis|@aktis\/[^/]+|tsyringe|reflect-metadata|comlink|superjson)(?:\/.*)?$/;

/** They are CommonJS. Required, for that is how Aktis itself loads them, and where two copies of one package lie. */
const required = /^(?:tsyringe|reflect-metadata|comlink)(?:\/|$)/;

const scheme = 'aktis-installed:';
const placeholder = /(["'])aktis-installed:([^"'\\\n]+)\1/g;

/** As esbuild wants them. */
export const installedFilter = installed;
export const placeholderFilter = /^aktis-installed:/;

/** What stands for `specifier` in a bundle. */
export function placeholderOf(specifier: string): string {
  return scheme + specifier;
}

/** Whether the placeholder of `specifier` is given to `require`, not to `import`. */
export function isRequired(specifier: string): boolean {
  return required.test(specifier);
}

/** `code` with what `locate` returns in place of the placeholders. */
export function replacePlaceholders(code: string, locate: (specifier: string) => string): string {
  return code.replace(placeholder, (text, _quote, specifier: string) =>
    installed.test(specifier) ? JSON.stringify(locate(specifier)) : text,
  );
}
