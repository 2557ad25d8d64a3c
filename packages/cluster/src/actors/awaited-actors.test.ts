import { AwaitedActors } from './awaited-actors.ts';

test('what is asked of an actor that is about to be inherited waits until it is here, in order', () => {
  const awaited = new AwaitedActors();
  const log: string[] = [];
  const come = awaited.expect(7);
  awaited.whenHere(7, () => log.push('first'));
  awaited.whenHere(7, () => log.push('second'));
  awaited.whenHere(8, () => log.push('another'));
  expect(log).toEqual(['another']);
  come();
  awaited.whenHere(7, () => log.push('third'));
  expect(log).toEqual(['another', 'first', 'second', 'third']);
});
