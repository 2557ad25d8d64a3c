import { Access, isOwnHost, isOwnOrigin } from './access.ts';

describe('a one-time code', () => {
  test('lets one browser in, once', () => {
    const access = new Access('0123456789abcdef');
    const code = access.newCode();
    const cookie = access.redeem(code);
    expect(access.knowsCookie(cookie)).toBe(true);
    expect(access.redeem(code)).toBeUndefined();
    expect(access.knowsCookie(code)).toBe(false);
  });

  test('is good for five minutes', () => {
    let now = 0;
    const access = new Access('0123456789abcdef', undefined, () => now);
    const [early, late] = [access.newCode(), access.newCode()];
    now = 5 * 60_000;
    expect(access.redeem(early)).toBeDefined();
    now++;
    expect(access.redeem(late)).toBeUndefined();
  });

  test('is another each time, and so is what it is exchanged for', () => {
    const access = new Access('0123456789abcdef');
    const codes = [access.newCode(), access.newCode()];
    expect(new Set([...codes, ...codes.map(code => access.redeem(code))]).size).toBe(4);
  });
});

test('the token is known by its header only', () => {
  const access = new Access('0123456789abcdef', 'secret');
  expect(access.knowsToken('Bearer secret')).toBe(true);
  expect(access.knowsToken('bearer secret')).toBe(true);
  for (const header of [
    undefined,
    '',
    'secret',
    'Bearer',
    'Bearer ',
    'Bearer secre',
    'Bearer secrets',
    'Basic secret',
  ]) {
    expect(access.knowsToken(header)).toBe(false);
  }
});

test('when a thousand browsers are signed in, the next one signs the first one out', () => {
  const access = new Access('0123456789abcdef');
  const cookies = Array.from({ length: 1001 }, () => access.redeem(access.newCode()));
  expect(access.knowsCookie(cookies[0])).toBe(false);
  expect(access.knowsCookie(cookies[1])).toBe(true);
});

describe('the Host header', () => {
  test.each(['127.0.0.1:8265', 'localhost:8265', 'LOCALHOST', '[::1]:9000', '127.0.0.1'])('%s is ours', header => {
    expect(isOwnHost(header, '127.0.0.1')).toBe(true);
  });

  test.each([
    undefined,
    '',
    'evil.example',
    'localhost.evil.example',
    '127.0.0.1.nip.io:8265',
    'localhost:',
    'a@localhost',
  ])('%s is not', header => expect(isOwnHost(header, '127.0.0.1')).toBe(false));

  test('may be the name that was listened at', () => {
    expect(isOwnHost('box.local:8265', 'box.local')).toBe(true);
    expect(isOwnHost('box.local:8265', '127.0.0.1')).toBe(false);
  });

  test('may be an address of this machine when all of them are listened at', () => {
    expect(isOwnHost('127.0.0.1:8265', '0.0.0.0')).toBe(true);
    expect(isOwnHost('203.0.113.7:8265', '0.0.0.0')).toBe(false);
  });
});

test('an Origin is ours when it is the host that was asked, port and all', () => {
  expect(isOwnOrigin('http://localhost:8265', 'localhost:8265')).toBe(true);
  expect(isOwnOrigin('http://localhost:3000', 'localhost:8265')).toBe(false);
  expect(isOwnOrigin('http://evil.example', 'localhost:8265')).toBe(false);
  expect(isOwnOrigin('null', 'localhost:8265')).toBe(false);
  expect(isOwnOrigin('file://localhost:8265', 'localhost:8265')).toBe(false);
});
