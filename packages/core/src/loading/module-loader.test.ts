import { FixtureWorker, fixture } from '../../../../tests/fixtures/loading/support/fixture-worker.ts';

const workers: FixtureWorker[] = [];
const worker = (...options: ConstructorParameters<typeof FixtureWorker>) => {
  const started = new FixtureWorker(...options);
  workers.push(started);
  return started;
};
afterEach(async () => {
  await Promise.all(workers.splice(0).map(worker => worker.end()));
});

test('a function of the entry is found, although the entry never gets past init()', async () => {
  const { call } = bound(worker({ entry: fixture('plain/entry.mjs') }));
  expect(await call('plain/entry.mjs', 'add', { args: [1, 2] })).toMatchObject({ value: 3, loading: false });
});

test('a class of a module that the entry imports is found', async () => {
  const { call } = bound(worker({ entry: fixture('plain/entry.mjs') }));
  expect(await call('plain/actors.mjs', 'Counter', { method: 'increment', args: [2] })).toMatchObject({ value: 2 });
});

test('without an entry the module is loaded by itself', async () => {
  const { call } = bound(worker());
  expect(await call('plain/actors.mjs', 'Counter', { method: 'increment' })).toMatchObject({ value: 1 });
});

test('modules that import each other in a circle are evaluated in the order of the driver', async () => {
  const { call } = bound(worker({ entry: fixture('plain/cycle-entry.mjs') }));
  expect(await call('plain/cycle-actors.mjs', 'double', { args: [4] })).toMatchObject({ value: 8 });
});

test('a CommonJS program with a main function works, and its process.exit is never reached', async () => {
  const { call } = bound(worker({ entry: fixture('plain/main-function.cjs') }));
  expect(await call('plain/main-function.cjs', 'triple', { args: [2] })).toMatchObject({ value: 6 });
});

test('top-level code sees that it is being loaded', async () => {
  const { call } = bound(worker({ entry: fixture('plain/entry.mjs') }));
  expect(await call('plain/entry.mjs', 'wasLoading')).toMatchObject({ value: true });
});

test('a definition waits for the awaits below it in its module', async () => {
  const { call } = bound(worker());
  expect(await call('plain/awaits.mjs', 'query')).toMatchObject({ value: 'connected' });
});

test('many loads at once share one import', async () => {
  const { call } = bound(worker({ entry: fixture('plain/entry.mjs') }));
  const sums = await Promise.all(
    Array.from({ length: 20 }, (_, i) => call('plain/entry.mjs', 'add', { args: [i, i] })),
  );
  expect(sums.map(({ value }) => value)).toEqual(Array.from({ length: 20 }, (_, i) => 2 * i));
});

test('the setup module runs before the entry', async () => {
  const { call } = bound(worker({ setup: fixture('plain/setup.mjs'), entry: fixture('plain/after-setup.mjs') }));
  expect(await call('plain/after-setup.mjs', 'order')).toMatchObject({ value: ['setup'] });
});

describe('the error says what to do when', () => {
  const failure = async (path: string, name: string, options = {}) => {
    const { error } = await worker(options).call(path, name);
    expect(error).toMatchObject({ name: 'ModuleLoadError', code: 'ERR_AKTIS_MODULE_LOAD' });
    return error;
  };

  test('the definition stands below init()', async () => {
    const error = await failure('plain/entry.mjs', 'late', { entry: fixture('plain/entry.mjs') });
    expect(error?.message).toMatch(
      /'late' is not defined where .*entry\.mjs calls init\(\).*move its definition above init\(\), or to a module of its own/,
    );
  });

  test('it stands inside a function', async () => {
    const error = await failure('plain/inside.mjs', 'inside');
    expect(error?.message).toMatch(/'inside' is not registered by importing .*inside\.mjs: define it at the top level/);
  });

  test('the module throws', async () => {
    const error = await failure('plain/throws.mjs', 'missing');
    expect(error?.message).toMatch(/Loading .*throws\.mjs.*failed in a worker: no database/);
    expect(error?.cause?.stack).toMatch(/throws\.mjs:7/);
  });

  test('there is no such file', async () => {
    expect((await failure('plain/nowhere.mjs', 'a'))?.message).toMatch(/cannot find .*nowhere\.mjs/);
  });

  test('the file is of a kind workers cannot load', async () => {
    expect((await failure('ts-module/nested/data.vue', 'a'))?.message).toMatch(
      /workers know JavaScript and TypeScript/,
    );
  });

  test('the module ends the process', async () => {
    expect((await failure('plain/exits.mjs', 'a'))?.message).toMatch(
      /process\.exit\(3\) was called while a worker was loading/,
    );
  });

  test('its top level waits for something that does not come', async () => {
    expect((await failure('plain/pending.mjs', 'never', { timeout: 300 }))?.message).toMatch(/still being loaded/);
  });

  test('the setup module fails, whatever is asked for', async () => {
    const error = await failure('plain/actors.mjs', 'Counter', { setup: fixture('plain/throws.mjs') });
    expect(error?.message).toMatch(/throws\.mjs, the setup module, failed in a worker: no database/);
  });
});

test('one module that fails spoils no other, nor what it defined before it failed', async () => {
  const { call } = bound(worker({ entry: fixture('plain/throws.mjs') }));
  expect(await call('plain/throws.mjs', 'before')).toMatchObject({ value: 'before' });
  expect((await call('plain/exits.mjs', 'a')).error?.code).toBe('ERR_AKTIS_MODULE_LOAD');
  expect(await call('plain/actors.mjs', 'Counter', { method: 'increment' })).toMatchObject({ value: 1 });
});

describe('in a bundle', () => {
  const bundle = fixture('program/program.mjs');
  // None of these files exists.
  const at = (file: string) => `file:///driver/${file}`;

  test('modules are evaluated as if they were imported, and own what stands in their lines', async () => {
    const { call } = bound(worker({ bundle, setup: at('setup.ts'), entry: fixture('plain/throws.mjs') }));
    expect(await call(at('main.ts'), 'add', { args: [1, 2] })).toMatchObject({ value: 3, loading: false });
    expect(await call(at('actors.ts'), 'add', { args: ['a', 'b'] })).toMatchObject({ value: 'ab after setup' });
  });

  test('errors speak of the modules of the program', async () => {
    const { call } = bound(worker({ bundle }));
    const message = async (file: string, name: string) => {
      const { error } = await call(at(file), name);
      expect(error?.code).toBe('ERR_AKTIS_MODULE_LOAD');
      return error?.message;
    };
    expect(await message('main.ts', 'late')).toMatch(/'late' is not defined where \/driver\/main\.ts calls init\(\)/);
    expect(await message('later.ts', 'a')).toMatch(
      /'a' of .*later\.ts is not part of the job's bundle: it was defined after/,
    );
    expect(await message('reads.ts', 'a')).toMatch(/Running \/driver\/reads\.ts.* ENOENT.*the files it reads do not/);
    const { error } = await worker({ bundle, setup: at('other.ts') }).call(at('main.ts'), 'add');
    expect(error?.message).toMatch(/The setup module .*other\.ts is not part of the job's bundle/);
  });

  test('one that cannot be loaded fails all that is asked for', async () => {
    const { error } = await worker({ bundle: fixture('bundle/nowhere.mjs') }).call(at('main.ts'), 'add');
    expect(error).toMatchObject({ code: 'ERR_AKTIS_MODULE_LOAD' });
    expect(error?.message).toMatch(/cannot be loaded on this node \(Node v.*the same version of Aktis/);
  });
});

function bound(worker: FixtureWorker) {
  return { call: worker.call.bind(worker) };
}
