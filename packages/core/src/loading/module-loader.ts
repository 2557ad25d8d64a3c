import { setImmediate } from 'node:timers';
import { type Definition, findDefinition, moduleOfKey, nameOfKey, onDefined } from '../definition.ts';
import { callerModule } from './call-site.ts';
import { guardExit } from './exit-guard.ts';
import { describeFailure, describeMissing, notInBundle } from './load-failure.ts';
import { ModuleImport } from './module-import.ts';
import { isTypeScript, moduleUrl } from './module-url.ts';
import { loadBundle, type ProgramBundle } from './program-bundle.ts';

export interface ModuleLoaderOptions {
  /** The driver's script, loaded before the module of any definition. */
  readonly entry?: string | undefined;
  /** Loaded before everything else. */
  readonly setup?: string | undefined;
  /** The driver can load TypeScript. Without it, it is enabled by the first module that needs it. */
  readonly typescript?: boolean | undefined;
  /** A test runner started the driver, so modules may import it. */
  readonly testRunner?: boolean | undefined;
  /** URL of the bundle that holds all modules, and says which one is the entry. No file is loaded then. */
  readonly bundle?: string | undefined;
  /** How long the top-level code of a module may take before its definitions count as missing. Default one minute. */
  readonly timeout?: number | undefined;
}

/**
 * How long a definition waits for the rest of its module: what it uses may stand below an `await` further down
 * (`const db = await connect()`).
 */
const restOfModule = 1_000;

/**
 * Brings the definitions that tasks and actors name into this worker, by importing the modules that make them.
 *
 * The driver's entry comes first: modules that import each other in a circle are then evaluated in the driver's order.
 * In a worker `init()` never resolves, so the body of a script ends there; whatever was defined until then is found. An
 * import is never awaited as such, for it may wait for `init()`: it *ends* when it is settled or has reached `init()`.
 */
export class ModuleLoader {
  readonly #options: ModuleLoaderOptions;
  readonly #imports = new Map<string, ModuleImport>();
  /** Keys that loads wait for, and what wakes them. */
  readonly #awaited = new Map<string, { readonly registered: Promise<void>; readonly wake: () => void }>();
  #running = 0;
  #typescript: Promise<void> | undefined;
  #bundle: Promise<ProgramBundle> | undefined;

  constructor(options: ModuleLoaderOptions) {
    this.#options = options;
    onDefined(({ key }) => {
      this.#awaited.get(key)?.wake();
      this.#awaited.delete(key);
    });
  }

  /** True while top-level code of a module may be running: what it submits was submitted by the driver already. */
  get loading(): boolean {
    return this.#running > 0;
  }

  /**
   * Resolves once `key` is registered in this thread and the module that did it had time to finish.
   *
   * @throws ModuleLoadError when it cannot be; the message says what to change.
   */
  async load(key: string): Promise<Definition> {
    const { setup } = this.#options;
    const bundle = await this.#loadBundle();
    const entry = bundle === undefined ? this.#options.entry : bundle.entry;
    if (setup !== undefined) {
      if (!isIn(bundle, setup)) throw notInBundle(`The setup module ${setup}`);
      const module = this.#import(setup);
      await module.ended;
      if (module.state !== 'done' && module.state !== 'stopped') {
        throw describeFailure(module, 'the setup module', bundle !== undefined);
      }
    }
    let first: ModuleImport | undefined;
    if (entry !== undefined) {
      first = this.#import(entry);
      const found = await this.#search(key, first);
      if (found !== undefined) return found;
    }
    if (!isIn(bundle, moduleOfKey(key))) throw notInBundle(`'${nameOfKey(key)}' of ${moduleOfKey(key)}`, first);
    const own = this.#import(moduleOfKey(key));
    const found = await this.#search(key, own);
    if (found !== undefined) return found;
    throw describeMissing(key, own, first, bundle !== undefined);
  }

  /** `init()` calls this in a worker, and then never resolves. */
  initReached(): void {
    const caller = callerModule(this.initReached);
    const running = [...this.#imports.values()].filter(({ state }) => state === 'running');
    // Of several imports, the one whose own code called is known; a module below one of them could belong to any.
    const direct = running.filter(({ url }) => caller !== undefined && url === moduleUrl(caller));
    // Modules beside the one that called may still be evaluated in this turn.
    setImmediate(() => {
      for (const module of direct.length > 0 ? direct : running) module.stop();
    });
  }

  #import(name: string): ModuleImport {
    const url = moduleUrl(name);
    let module = this.#imports.get(url);
    if (module === undefined) {
      module = new ModuleImport(url, url => this.#evaluate(url), this.#options.timeout);
      this.#imports.set(url, module);
      const release = guardExit(url);
      this.#running++;
      module.ended.then(() => {
        this.#running--;
        release();
      });
    }
    return module;
  }

  async #evaluate(url: string): Promise<void> {
    const bundle = await this.#loadBundle();
    if (bundle !== undefined) {
      await bundle.modules[url]?.();
      return;
    }
    const { typescript = false, testRunner = false } = this.#options;
    // Programs in plain JavaScript never load any of it.
    if (this.#typescript === undefined && (typescript || testRunner || isTypeScript(url))) {
      this.#typescript = import('./typescript-loader.ts').then(loader =>
        loader.installTypeScriptLoader({ stubs: testRunner }),
      );
    }
    if (this.#typescript === undefined) {
      await import(url);
      return;
    }
    await this.#typescript;
    await (await import('./typescript-loader.ts')).loadModule(url);
  }

  async #loadBundle(): Promise<ProgramBundle | undefined> {
    const { bundle } = this.#options;
    if (bundle === undefined) return undefined;
    this.#bundle ??= loadBundle(bundle);
    return this.#bundle;
  }

  async #search(key: string, module: ModuleImport): Promise<Definition | undefined> {
    if (findDefinition(key) === undefined) await Promise.race([module.ended, this.#registered(key)]);
    const definition = findDefinition(key);
    if (definition !== undefined) await module.endedWithin(restOfModule);
    return findDefinition(key);
  }

  #registered(key: string): Promise<void> {
    let awaited = this.#awaited.get(key);
    if (awaited === undefined) {
      let wake = () => {};
      const registered = new Promise<void>(resolve => {
        wake = resolve;
      });
      awaited = { registered, wake };
      this.#awaited.set(key, awaited);
    }
    return awaited.registered;
  }
}

function isIn(bundle: ProgramBundle | undefined, name: string): boolean {
  return bundle === undefined || Object.hasOwn(bundle.modules, moduleUrl(name));
}
