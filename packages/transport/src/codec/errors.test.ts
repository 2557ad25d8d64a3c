import { AktisError, addBrand, branded, Codec, noReferences, register, SerializationError } from '../index.ts';

const codec = new Codec(noReferences);
const roundTrip = (error: unknown) => codec.decode(codec.encodeError(error)) as Error & Record<string, unknown>;

class Registered extends RangeError {
  constructor(
    message: string,
    readonly detail: unknown,
  ) {
    super(message);
    this.name = 'Registered';
  }
  help() {
    return `try ${this.detail}`;
  }
}
register(Registered);

class Local extends TypeError {
  override name = 'Local';
}
class Nameless extends Error {}

test.each([Error, TypeError, RangeError, SyntaxError, ReferenceError, EvalError, URIError])(
  '%p arrives as itself, with message and stack',
  Class => {
    const error = new Class('wrong');
    const back = roundTrip(error);
    expect(back.constructor).toBe(Class);
    expect([back.name, back.message, back.stack]).toEqual([error.name, 'wrong', error.stack]);
    expect(Object.keys(back)).toEqual([]);
  },
);

test('own properties and the whole chain of causes travel', () => {
  const root = Object.assign(new Error('root'), { errno: -2, code: 'ENOENT', where: new Map([['path', '/x']]) });
  const error = new Error('outer', { cause: new TypeError('middle', { cause: root }) });
  const back = roundTrip(error) as { cause: { cause: typeof root } };
  expect(back.cause).toBeInstanceOf(TypeError);
  expect(back.cause.cause).toMatchObject({
    message: 'root',
    errno: -2,
    code: 'ENOENT',
    where: new Map([['path', '/x']]),
  });
  expect(Object.keys(back)).toEqual([]);
});

test('a cause that leads back to its error', () => {
  const error = new Error('loop');
  error.cause = error;
  const back = roundTrip(error);
  expect(back.cause).toBe(back);
});

test('AggregateError keeps its errors', () => {
  const back = roundTrip(new AggregateError([new TypeError('a'), 'b'], 'both')) as unknown as AggregateError;
  expect(back).toBeInstanceOf(AggregateError);
  expect(back.errors).toMatchObject([{ message: 'a' }, 'b']);
});

test('the DOMException of an aborted signal stays one', () => {
  const back = roundTrip(AbortSignal.abort().reason);
  expect([back instanceof DOMException, back.name, back.code]).toEqual([true, 'AbortError', 20]);
});

test('a registered class is revived with its methods', () => {
  const back = roundTrip(new Registered('range', 42)) as unknown as Registered;
  expect(back).toBeInstanceOf(Registered);
  expect([back.name, back.message, back.help()]).toEqual(['Registered', 'range', 'try 42']);
});

test('an unregistered class arrives as its nearest known class, with its name', () => {
  class Further extends Registered {}
  expect(roundTrip(new Local('x'))).toMatchObject({ name: 'Local', message: 'x' });
  expect(roundTrip(new Local('x'))).toBeInstanceOf(TypeError);
  expect(roundTrip(new Nameless('x')).name).toBe('Nameless');
  expect(roundTrip(new Further('x', 1))).toBeInstanceOf(Registered);
});

test('errors of Aktis keep class, code, fields and brands', () => {
  class ThingDiedError extends AktisError {
    static override readonly code = 'ERR_AKTIS_THING_DIED';
  }
  branded(ThingDiedError);
  const back = roundTrip(Object.assign(new ThingDiedError('gone', { cause: 1 }), { thing: 7 }));
  expect(back).toBeInstanceOf(ThingDiedError);
  expect(back).toBeInstanceOf(AktisError);
  expect(back).not.toBeInstanceOf(SerializationError);
  expect(back).toMatchObject({ name: 'ThingDiedError', code: 'ERR_AKTIS_THING_DIED', thing: 7, cause: 1 });
});

test('an error branded on top of its own class keeps both', () => {
  const error = new RangeError('both');
  addBrand(error, SerializationError);
  const back = roundTrip(error);
  expect(back).toBeInstanceOf(RangeError);
  expect(back).toBeInstanceOf(SerializationError);
});

test('parts of an error that cannot travel are described or left out', () => {
  class Socket {}
  const error = Object.assign(new Error('request failed'), {
    code: 'E_REQUEST',
    socket: new Socket(),
    retry() {},
    config: { transform: [() => {}], token: Symbol('t'), url: 'http://x' },
  });
  const back = roundTrip(error);
  expect(back).toMatchObject({ message: 'request failed', code: 'E_REQUEST', socket: '[an instance of class Socket]' });
  expect('retry' in back).toBe(false);
  expect(back.config).toEqual({ transform: ['[a function]'], token: '[a symbol Symbol(t)]', url: 'http://x' });
});

test('whatever is thrown arrives as something', () => {
  const hostile = new Proxy(
    {},
    {
      get() {
        throw new Error('get');
      },
      getPrototypeOf() {
        throw new Error('prototype');
      },
    },
  );
  const secretive = Object.defineProperty(new Error('x'), 'message', {
    get() {
      throw new Error('no');
    },
  });
  expect([1, 'text', null, undefined, { a: 1 }].map(roundTrip)).toEqual([1, 'text', null, undefined, { a: 1 }]);
  expect(roundTrip(() => {})).toBe('[a function]');
  expect(roundTrip(hostile).message).toMatch(/cannot be serialized/);
  expect(() => roundTrip(secretive)).not.toThrow();
  let deep: Error = new Error('bottom');
  for (let i = 0; i < 5000; i++) deep = new Error(`level ${i}`, { cause: deep });
  expect(roundTrip(deep).message).toBe('level 4999');
});
