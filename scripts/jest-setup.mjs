import { bundlePackages } from './bundle.mjs';

/**
 * Before all tests: the end-to-end ones load the bundles, and whoever ran the compiler alone left them behind. A bundle
 * that cannot be written is no reason not to run the unit tests.
 */
export default async function setup() {
  try {
    await bundlePackages();
  } catch (error) {
    console.warn(`The bundles may be old, run "npm run build": ${error.message}`);
  }
}
