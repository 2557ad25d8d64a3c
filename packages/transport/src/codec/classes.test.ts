import { Codec, DuplicateClassError, noReferences, register, registeredName, serializable } from '../index.ts';

const codec = new Codec(noReferences);
const roundTrip = <T>(value: T) => codec.decode(codec.encode(value)) as T;

test('instances of registered classes keep their class, fields and methods; the constructor does not run', () => {
  let constructed = 0;
  class Point {
    when = new Date(1);
    links = new Map<string, Point>();
    constructor(
      public x: number,
      public y: number,
    ) {
      constructed++;
    }
    length() {
      return Math.hypot(this.x, this.y);
    }
  }
  register(Point);
  const point = new Point(3, 4);
  point.links.set('self', point);
  const back = roundTrip({ point }).point;
  expect(back).toBeInstanceOf(Point);
  expect(back.length()).toBe(5);
  expect(back.links.get('self')).toBe(back);
  expect(back.when).toEqual(point.when);
  expect(constructed).toBe(1);
});

test('classes that extend built-in ones keep what is inside as well', () => {
  class Stack extends Array<number> {
    label = 'numbers';
    top() {
      return this.at(-1);
    }
  }
  class Registry extends Map<string, unknown> {
    owner = 'me';
  }
  class Moment extends Date {}
  class Samples extends Float32Array {
    rate = 44_100;
  }
  for (const Class of [Stack, Registry, Moment, Samples]) register(Class);
  const stack = Stack.from([1, 2]) as Stack;
  const samples = Object.assign(new Samples([1, 2]), { rate: 8 });
  const registry = new Registry();
  registry.set('self', registry);
  const back = roundTrip({ stack, registry, moment: new Moment(7), samples });
  expect([back.stack.top(), back.stack.length, back.stack.label]).toEqual([2, 2, 'numbers']);
  expect(back.registry).toBeInstanceOf(Registry);
  expect([back.registry.get('self'), back.registry.owner]).toEqual([back.registry, 'me']);
  expect([back.moment instanceof Moment, back.moment.getTime()]).toEqual([true, 7]);
  expect([back.samples instanceof Samples, ...back.samples, back.samples.rate]).toEqual([true, 1, 2, 8]);
});

test('@serializable registers in legacy mode: bare, called, and named', () => {
  @serializable
  class Bare {}
  @serializable()
  class Called {}
  @serializable('chosen')
  class Named {}
  expect([Bare, Called, Named].map(registeredName)).toEqual(['Bare', 'Called', 'chosen']);
});

test('@serializable registers in standard mode, the class as other decorators leave it', () => {
  const initializers: ((this: unknown) => void)[] = [];
  const context = {
    kind: 'class',
    name: 'Standard',
    metadata: undefined,
    addInitializer: (run: (this: unknown) => void) => initializers.push(run),
  } as unknown as ClassDecoratorContext<typeof Standard>;
  class Standard {}
  class Replaced {}
  expect(serializable(Standard, context)).toBeUndefined();
  serializable()(Standard, context);
  for (const run of initializers) run.call(Replaced);
  expect(registeredName(Replaced)).toBe('Standard');
});

test('another class of the same name is refused, the same class is not', () => {
  const make = () => class Twin {};
  const Twin = make();
  expect(register(register(Twin))).toBe(Twin);
  expect(() => register(make())).toThrow(DuplicateClassError);
  expect(() => register(make())).toThrow("register(Twin, '…')");
  expect(registeredName(register(make(), 'Twin of another module'))).toBe('Twin of another module');
});

test('what is no class, or has no name, is refused', () => {
  expect(() => register({} as never)).toThrow(TypeError);
  expect(() => register(class {})).toThrow('register(Class, "Name")');
});

test('a class that the receiver does not know is named', () => {
  class Known {}
  register(Known, 'only there');
  const payload = codec.encode(new Known()) as [string, [], []];
  const elsewhere: typeof payload = [payload[0].replace('only there', 'nowhere'), [], []];
  expect(() => codec.decode(elsewhere)).toThrow(/'nowhere': no class of this name is registered in this thread/);
});
