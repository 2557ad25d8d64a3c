import { parseNatsAddress } from './nats-address.ts';

test.each([
  ['127.0.0.1:4222', { servers: ['127.0.0.1:4222'], tls: false }],
  ['nats://head', { servers: ['head:6379'], tls: false }],
  ['tls://a:1,b:2, c', { servers: ['a:1', 'b:2', 'c:6379'], tls: true }],
  ['nats://secret@a:1', { servers: ['a:1'], tls: false, token: 'secret' }],
  ['nats://me:p%40ss@a:1', { servers: ['a:1'], tls: false, user: 'me', pass: 'p@ss' }],
  ['[::1]:4222', { servers: ['[::1]:4222'], tls: false }],
])('%s', (address, expected) => {
  expect(parseNatsAddress(address)).toEqual(expected);
});

test('several as an array', () => {
  expect(parseNatsAddress(['a:1', 'nats://b:2']).servers).toEqual(['a:1', 'b:2']);
});

test.each(['', ',', 'http://a:1', 'a:b', 'a:99999', 'nats://a:1/path'])('%j is no address', address => {
  expect(() => parseNatsAddress(address)).toThrow(/is no address of a cluster: write host:port/);
});
