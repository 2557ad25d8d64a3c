import { inject } from 'tsyringe';
import { type ActorHandle, type Injected, remote } from './aktis.ts';
import { exactly } from './expect.ts';

class Ledger {
  total(): number {
    return 1;
  }
}

@remote({ maxRestarts: 1 })
class Account {
  constructor(
    readonly start: number,
    @inject(Ledger) readonly ledger: Injected<Ledger>,
    @inject('Clock') readonly clock: Injected<() => number>,
  ) {}
}

exactly<ActorHandle<Account>>()(Account.remote(1));
// @ts-expect-error injected
Account.remote(1, new Ledger());
