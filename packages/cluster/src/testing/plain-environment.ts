/** The environment of a process as in a terminal: Aktis would notice that it runs under a test framework. */
export function plainEnvironment(more: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(
    ([name]) => !/^(?:npm_|JEST_|VITEST|NODE_OPTIONS$|NODE_TEST_CONTEXT$|AKTIS_)/i.test(name),
  );
  return { ...Object.fromEntries(own), ...more };
}
