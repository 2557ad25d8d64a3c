import { createRequire } from 'node:module';

/** The version of Aktis: nodes of the same major and minor understand each other. */
export const { version } = createRequire(import.meta.url)('../package.json') as { version: string };
