// Supervision: an actor that dies is started again, as often as `maxRestarts` allows.
// Run it with `npx aktis run supervised-actor.ts`.

import { ActorDiedError, ActorUnavailableError, get, init, kill, remote, runtimeContext, shutdown } from 'aktis';

@remote({ maxRestarts: 3 })
class Account {
  // A restart runs the constructor again, with the arguments of the first time. What happened since is lost, unless the
  // actor saved it somewhere.
  #balance: number;

  constructor(balance: number) {
    this.#balance = balance;
  }

  deposit(amount: number) {
    this.#balance += amount;
    return this.#balance;
  }

  state() {
    return { balance: this.#balance, wasRestarted: runtimeContext().wasRestarted };
  }

  /** Takes down the whole thread, as a crash in native code or a lack of memory would. */
  crash() {
    process.exit(1);
  }

  // Crashes only once: whoever called is not told, because the call is sent again.
  @remote({ maxTaskRetries: 1 })
  crashOnce() {
    if (!runtimeContext().wasRestarted) process.exit(1);
    return 'done at the second attempt';
  }
}

await init();

const account = Account.remote(100);
await get(account.deposit.remote(50));
console.log('before:               ', await get(account.state.remote()));

await kill(account, { noRestart: false });
console.log('after kill:           ', await get(account.state.remote()));

// A call that was running when the actor died is rejected: only its author knows whether to repeat it is safe.
const crash = await get(account.crash.remote()).catch(error => error);
console.log('the call that crashed:', crash instanceof ActorUnavailableError ? 'ActorUnavailableError' : crash);
console.log('after the crash:      ', await get(account.state.remote()));

const other = Account.remote(0);
console.log('with maxTaskRetries:  ', await get(other.crashOnce.remote()));

// Without `noRestart: false` the end is final.
await kill(other);
const died = await get(other.state.remote()).catch(error => error);
console.log('after the last kill:  ', died instanceof ActorDiedError ? 'ActorDiedError' : died);

await shutdown();
