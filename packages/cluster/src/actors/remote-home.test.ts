import type { Actor } from '@aktis/actors';
import type { Task } from '@aktis/core';
import type { Peer } from '../peers/peer.ts';
import type { RemoteTasks } from '../tasks/remote-tasks.ts';
import { OwnedHome } from './owned-home.ts';

function setUp() {
  const log: string[] = [];
  const home = new OwnedHome({} as Actor, {} as RemoteTasks, () => {});
  home.onReturned = () => log.push('looks for it');
  home.onMissed = () => {
    log.push('sends again');
    home.resume();
  };
  const task = { route: { returned: () => log.push('is the next') } } as unknown as Task;
  const [before, now] = [{}, {}] as [Peer, Peer];
  return { log, home, task, before, now };
}

test('a call that comes back from where the actor was before is sent to where it is now', () => {
  const { log, home, task, before, now } = setUp();
  home.location = { peer: now, owner: '', id: 1 };
  home.returned(task, before);
  expect(log).toEqual(['sends again', 'is the next']);
  expect(home.location?.peer).toBe(now);
});

test('a call that comes back from where the actor should be waits until it is known where that is', () => {
  const { log, home, task, before } = setUp();
  home.location = { peer: before, owner: '', id: 1 };
  home.returned(task, before);
  home.resume();
  expect([log, home.location]).toEqual([['looks for it'], null]);
});
