import { Inheritance } from './keeping/inheritance.ts';
import type { Member, Membership } from './membership/index.ts';
import { offerWaiting } from './offer-waiting.ts';
import type { Rooms } from './rooms.ts';

/** From now on the rooms learn who comes, what the others have free, and who dies; and the others what is free here. */
export function followMembers(rooms: Rooms, membership: Membership): void {
  const { node, peers, placer, groups, remoteActors } = rooms;
  const told = (member: Member) => {
    placer.told(member);
    groups.memberChanged(member.record.nodeId);
    offerWaiting(rooms);
    groups.roomChanged();
  };
  // Groups first: some of the actors live in them.
  const adoptOrphans = async () => {
    await groups.adoptOrphans();
    await remoteActors.adoptOrphans();
  };
  // A driver may end at any time.
  const isHeir = membership.self.kind === 'node';
  const inheritance = isHeir ? new Inheritance(node, adoptOrphans) : undefined;
  groups.onRoom = () => offerWaiting(rooms);
  for (const member of membership.living()) placer.told(member);
  membership.on({
    joined: told,
    changed: told,
    died({ nodeId, name, deathReason = '' }) {
      placer.gone(nodeId);
      const peer = peers.known(nodeId);
      if (peer?.isGone === false) peer.close(`node ${name} was declared dead: ${deathReason}`);
      groups.nodeDied(nodeId);
      offerWaiting(rooms);
      groups.roomChanged();
      inheritance?.look();
    },
    fenced: reason => void node.shutdown(`the cluster declared this node dead: ${reason}`),
  });
  node.scheduler.onChanged = () => {
    placer.localChanged();
    groups.roomChanged();
    membership.loadChanged();
  };
  offerWaiting(rooms);
  inheritance?.look();
}
