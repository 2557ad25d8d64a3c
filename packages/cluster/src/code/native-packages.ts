import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Packages that load a native part of the package that depends on them. */
const loaders =
  /^(?:bindings|node-gyp-build(?:-optional-packages)?|node-addon-api|nan|prebuild-install|prebuildify|(?:@mapbox\/)?node-pre-gyp|@napi-rs\/cli|cmake-js|napi-macros|pkg-prebuilds)$/;

/** Of the packages that bring the native part for one platform each: `@swc/core-linux-x64-gnu`. */
const forPlatform =
  /(?:^|[-/_])(?:linux|linuxmusl|darwin|win32|freebsd|android)[-_](?:x64|ia32|arm64|arm|x86_64|universal|riscv64|ppc64)/;

interface Manifest {
  readonly gypfile?: unknown;
  readonly binary?: unknown;
  readonly napi?: unknown;
  readonly main?: unknown;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

/** By folder. */
const known = new Map<string, boolean>();

/** The name of the package that a bare `specifier` names: `@scope/name` of `@scope/name/file.js`. */
export function packageName(specifier: string): string {
  return /^(?:@[^/]+\/)?[^/]+/.exec(specifier)?.[0] ?? specifier;
}

/** Where the package of this name lies as seen from `folder`; `undefined` when it is not installed. */
export function packageFolder(name: string, folder: string): string | undefined {
  for (let at = folder; ; at = dirname(at)) {
    const found = join(at, 'node_modules', name);
    if (existsSync(join(found, 'package.json'))) return found;
    if (at === dirname(at)) return undefined;
  }
}

/** Whether the package in `folder` has a native part. */
export function isNative(folder: string): boolean {
  let native = known.get(folder);
  if (native === undefined) {
    native = looksNative(folder);
    known.set(folder, native);
  }
  return native;
}

function looksNative(folder: string): boolean {
  let manifest: Manifest;
  try {
    manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest;
  } catch {
    return false;
  }
  const { gypfile, binary, napi, main, dependencies = {}, optionalDependencies = {} } = manifest;
  return (
    gypfile === true ||
    binary !== undefined ||
    napi !== undefined ||
    String(main).endsWith('.node') ||
    Object.keys(dependencies).some(name => loaders.test(name) || forPlatform.test(name)) ||
    Object.keys(optionalDependencies).some(name => loaders.test(name) || forPlatform.test(name)) ||
    ['binding.gyp', 'prebuilds'].some(part => existsSync(join(folder, part))) ||
    ['.', 'build/Release', 'lib/binding'].some(part => holdsAddon(join(folder, part)))
  );
}

function holdsAddon(folder: string): boolean {
  try {
    return readdirSync(folder).some(name => name.endsWith('.node'));
  } catch {
    return false;
  }
}
