import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

// One script and one style sheet: all of it is smaller than a picture, and a page that was opened goes on working when
// the session it shows is gone.
export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  base: './',
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    outDir: '../pages',
    emptyOutDir: true,
    target: ['chrome123', 'firefox120', 'safari17.5'],
    modulePreload: false,
    assetsInlineLimit: 0,
    reportCompressedSize: false,
    // A busy machine is no reason to warn.
    rolldownOptions: { checks: { pluginTimings: false } },
  },
});
