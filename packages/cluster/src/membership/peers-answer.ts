/** What one node says about itself and the store; `unsure` when it joined, or was frozen, only just now. */
export type StoreView = 'has it' | 'lost it' | 'unsure';

/** What the other nodes say about the store, over links that do not need it. */
export type PeersAnswer = 'peers have the store' | 'nobody has it' | 'no peer answers';

/**
 * The answer for `askPeers`, from what each of the other living members said. `unreachable`: no answer. `gone`: its
 * process is certainly not there, its machine refused the connection.
 *
 * That nobody has the store is believed when more than half of those who may live, this node among them, say that they
 * lost it. So when the network splits, the smaller part cannot take its loss for everybody's.
 */
export function peersAnswer(views: Iterable<StoreView | 'unreachable' | 'gone'>): PeersAnswer {
  let members = 1;
  let without = 1;
  for (const view of views) {
    if (view === 'has it') return 'peers have the store';
    if (view === 'gone') continue;
    members++;
    if (view === 'lost it') without++;
  }
  return 2 * without > members ? 'nobody has it' : 'no peer answers';
}
