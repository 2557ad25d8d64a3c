import { define, definingModules, definitionOf, findDefinition, onDefined } from './definition.ts';
import { InvalidOptionError, ModuleLoadError } from './errors.ts';

let count = 0;
/** A module nobody else defines anything in. */
const someModule = () => `/modules/m${count++}.ts`;

test('a definition is found by its key, which is the module and the name', () => {
  const add = (a: number, b: number) => a + b;
  const definition = define('function', add, 'add', { numCpus: 2 }, '/modules/math.ts?v=1#x');
  expect(definition.key).toBe('file:///modules/math.ts#add');
  expect(definition).toMatchObject({ kind: 'function', name: 'add', target: add, options: { numCpus: 2 } });
  expect(findDefinition('file:///modules/math.ts#add')).toBe(definition);
});

test('a target knows its definition, a subclass of it has none', () => {
  class Base {}
  class Derived extends Base {}
  const definition = define('class', Base, 'Base', {}, someModule());
  expect(definitionOf(Base)).toBe(definition);
  expect(definitionOf(Derived)).toBeUndefined();
  for (const other of [undefined, null, 1, {}, () => {}]) expect(definitionOf(other)).toBeUndefined();
  const own = define('class', Derived, 'Derived', {}, someModule());
  expect(definitionOf(Derived)).toBe(own);
  expect(definitionOf(Base)).toBe(definition);
});

test('marking a class leaves no trace in its enumerable keys', () => {
  class Plain {}
  define('class', Plain, 'Plain', {}, someModule());
  expect(Object.keys(Plain)).toEqual([]);
});

test('the same target may be defined again, with other options', () => {
  const module = someModule();
  const work = () => {};
  define('function', work, 'work', { numCpus: 1 }, module);
  const again = define('function', work, 'work', { numCpus: 2 }, module);
  expect(definitionOf(work)).toBe(again);
  expect(findDefinition(again.key)).toBe(again);
});

test('two targets of one name in one module are refused, by a message that names both ways out', () => {
  const module = someModule();
  define('function', () => 1, 'work', {}, module);
  expect(() => define('function', () => 2, 'work', {}, module)).toThrow(InvalidOptionError);
  expect(() => define('function', () => 2, 'work', {}, module)).toThrow(
    /two remote functions named 'work'.*rename one/s,
  );
});

test('a module that is loaded again under a query replaces what it defined', () => {
  const module = someModule();
  define('function', () => 1, 'work', {}, module);
  const newer = define('function', () => 2, 'work', {}, `${module}?v=2`);
  expect(findDefinition(newer.key)).toBe(newer);
});

test('modules are listed in the order in which they first defined something, each once', () => {
  const [first, second] = [someModule(), someModule()];
  const before = definingModules().length;
  define('function', () => 1, 'a', {}, first);
  define('function', () => 2, 'a', {}, second);
  define('function', () => 3, 'b', {}, first);
  expect(definingModules().slice(before)).toEqual([`file://${first}`, `file://${second}`]);
});

test('without a name, and outside of files, the error says what to write', () => {
  expect(() => define('function', () => {}, '', {}, someModule())).toThrow(/remote\(function add/);
  expect(() => define('class', class {}, '', {}, someModule())).toThrow(/remote\(class Counter/);
  const inEval = () => define('function', () => {}, 'work', {}, undefined);
  expect(inEval).toThrow(ModuleLoadError);
  expect(inEval).toThrow(/put it in a file, or pass remote\(\{ module: import\.meta\.url \}\)/);
});

test('listeners hear of definitions until they unsubscribe', () => {
  const names: string[] = [];
  const stop = onDefined(({ name }) => names.push(name));
  define('function', () => {}, 'first', {}, someModule());
  stop();
  define('function', () => {}, 'second', {}, someModule());
  expect(names).toEqual(['first']);
});
