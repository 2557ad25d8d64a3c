import fc from 'fast-check';
import { decodeKey, encodeKey, filterFor } from './key-encoding.ts';

const keys = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 });
const dotted = fc
  .array(fc.constantFrom('.', 'a', '=', '*', ' ', 'é', '-'), { minLength: 1 })
  .map(parts => parts.join(''));

test('an encoded key is one that NATS takes, and decodes to what it was', () => {
  fc.assert(
    fc.property(fc.oneof(keys, dotted), key => {
      const encoded = encodeKey(key);
      expect(encoded).toMatch(/^[A-Za-z0-9_=-]+(\.[A-Za-z0-9_=-]+)*$/);
      expect(decodeKey(encoded)).toBe(key);
    }),
  );
});

test('different keys are encoded differently', () => {
  fc.assert(fc.property(dotted, dotted, (a, b) => expect(encodeKey(a) === encodeKey(b)).toBe(a === b)));
});

test('ordinary keys stay readable', () => {
  expect(encodeKey('name.default.my-actor_1')).toBe('name.default.my-actor_1');
});

test('the filter of a prefix lets all through that starts with it', () => {
  fc.assert(
    fc.property(fc.oneof(keys, dotted), fc.nat(), (key, length) => {
      const filter = filterFor(key.slice(0, length % (key.length + 1)));
      expect(filter === '>' || encodeKey(key).startsWith(filter.slice(0, -1))).toBe(true);
    }),
  );
});
