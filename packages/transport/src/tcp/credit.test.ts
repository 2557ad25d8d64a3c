import { IncomingCredit, OutgoingCredit } from './credit.ts';

const limits = { messages: 8, bytes: 800 };

test('a link is full at either limit, what is not sent yet included', () => {
  const credit = new OutgoingCredit(limits);
  credit.sent(6, 100);
  expect(credit.isFull(1, 0)).toBe(false);
  expect(credit.isFull(2, 0)).toBe(true);
  expect(credit.isFull(0, 699)).toBe(false);
  expect(credit.isFull(0, 700)).toBe(true);
});

test('who found it full hears once, when half of both is taken', () => {
  const credit = new OutgoingCredit(limits);
  credit.sent(8, 800);
  credit.taken(8, 0);
  expect(credit.hasDrained()).toBe(false); // nobody has asked
  expect(credit.isFull(0, 0)).toBe(true);
  credit.taken(0, 399);
  expect(credit.hasDrained()).toBe(false);
  credit.taken(0, 1);
  expect(credit.hasDrained()).toBe(true);
  expect(credit.hasDrained()).toBe(false);
});

test('what turns out smaller than it was estimated has drained as well', () => {
  const credit = new OutgoingCredit(limits);
  expect(credit.isFull(1, 900)).toBe(true);
  credit.sent(1, 100);
  expect(credit.hasDrained()).toBe(true);
});

test('the receiver tells when it took a quarter of a limit, so that a full sender always hears', () => {
  const credit = new IncomingCredit(limits);
  credit.took(1, 199);
  expect(credit.isDue).toBe(false);
  credit.took(1, 0);
  expect(credit.isDue).toBe(true);
  credit.told();
  credit.took(1, 200);
  expect(credit.isDue).toBe(true);
});
