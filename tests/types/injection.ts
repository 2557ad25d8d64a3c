import type { ActorHandle, ConstructorArgs, Injected } from './aktis.ts';
import { put, remote } from './aktis.ts';
import { type Equal, type Expect, exactly } from './expect.ts';

class Ledger {
  #entries = 1;
  total(): number {
    return this.#entries;
  }
}

class Account {
  constructor(
    readonly start: number,
    readonly ledger: Injected<Ledger>,
    readonly label = 'savings',
    readonly clock?: Injected<() => number>,
  ) {}
  total(): number {
    return this.ledger.total();
  }
}
remote(Account);

exactly<ActorHandle<Account>>()(Account.remote(100));
Account.remote(put(100), 'current');
// Here everything is given by hand.
new Account(1, new Ledger());
new Account(1, new Ledger(), 'x', () => 5);
// @ts-expect-error injected parameters are not passed
Account.remote(1, new Ledger());
// @ts-expect-error nor do they count
Account.remote(1, 'current', () => 5);
// @ts-expect-error here it is needed
new Account(1);

class First {
  constructor(
    readonly ledger: Injected<Ledger>,
    readonly name: Injected<string>,
    // biome-ignore lint/suspicious/noExplicitAny: the point of the test
    readonly anything: any,
    ...rest: boolean[]
  ) {
    void rest;
  }
}
remote(First).remote(5, true, false);
new First(new Ledger(), 'a', 5, true);
// @ts-expect-error wrong in the rest
First.remote(5, 'yes');

class All {
  constructor(readonly ledger: Injected<Ledger>) {}
}
export type NoneLeft = Expect<Equal<ConstructorArgs<ConstructorParameters<typeof All>>, []>>;
remote(All).remote();

// A signature without injected parameters keeps the names and defaults of the rest.
class Plain {
  constructor(
    readonly start = 0,
    readonly label?: string,
  ) {}
}
remote(Plain).remote();
Plain.remote(1, 'a');
exactly<ActorHandle<Account>>()(Account.options({ name: 'main' }).remote(1));
