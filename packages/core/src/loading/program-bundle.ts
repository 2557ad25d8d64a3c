import { ModuleLoadError } from '../errors.ts';
import { addBundleLines, type BundleLines } from './bundle-lines.ts';
import { requireInstalled } from './installed-package.ts';
import { moduleUrl } from './module-url.ts';
import { installStub } from './test-framework-stubs.ts';

/** What the module of a bundle exports; `bundleProgram` of `@aktis/cluster` writes it. */
export interface ProgramBundle extends BundleLines {
  /** URL of the driver's script, one of `modules`. */
  readonly entry: string | undefined;
  /** Evaluates a module and what it imports, as `import()` does. Only the first call of each does anything. */
  readonly modules: Readonly<Record<string, () => Promise<unknown>>>;
  /** To be filled by the worker: what the code of the bundle needs of it. */
  readonly host: { requireInstalled?: typeof requireInstalled };
}

/**
 * Loads the bundle of a program that was started on another machine. None of the program runs yet.
 *
 * @throws ModuleLoadError when this node cannot load it.
 */
export async function loadBundle(url: string): Promise<ProgramBundle> {
  installStub();
  process.setSourceMapsEnabled(true);
  let bundle: ProgramBundle;
  try {
    bundle = (await import(url)) as ProgramBundle;
  } catch (cause) {
    throw new ModuleLoadError(
      `The program of this job cannot be loaded on this node (Node ${process.version}): ${(cause as Error).message}. ` +
        'All machines of a cluster need the same version of Aktis, and a Node that knows the syntax the program is written in.',
      { cause },
    );
  }
  bundle.host.requireInstalled = requireInstalled;
  addBundleLines(moduleUrl(url), bundle);
  return bundle;
}
