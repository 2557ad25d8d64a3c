// Dependency injection: what an actor needs comes from the container of the worker it lives in, not through `.remote()`.
// Run it with `npx aktis run dependency-injection.ts`.

import { get, type Injected, init, remote, service, shutdown } from 'aktis';
import { inject } from 'tsyringe';
import { ExchangeRates } from './container.ts';

// `@inject` says what the container fills in. `Injected` takes the parameter out of `.remote()`, which has only `name` left.
@remote()
class Shop {
  readonly #name: string;
  readonly #rates: ExchangeRates;
  readonly #currency: string;

  constructor(
    name: string,
    @inject(ExchangeRates) rates: Injected<ExchangeRates>,
    @inject('currency') currency: Injected<string>,
  ) {
    this.#name = name;
    this.#rates = rates;
    this.#currency = currency;
  }

  quote(euros: number) {
    const price = euros * this.#rates.rate(this.#currency);
    return `${this.#name}: ${price.toFixed(2)} ${this.#currency}`;
  }
}

// The same for a field. This also works with standard decorators, which cannot mark parameters.
@remote()
class Bank {
  readonly #rates = service(ExchangeRates);

  exchange(amount: number, from: string, to: string) {
    return (amount / this.#rates.rate(from)) * this.#rates.rate(to);
  }
}

await init({ runtimeEnv: { setup: import.meta.resolve('./container.ts') } });

const shop = Shop.remote('Corner shop');
console.log(await get(shop.quote.remote(25)));

const bank = Bank.remote();
console.log(`100 GBP are ${(await get(bank.exchange.remote(100, 'GBP', 'EUR'))).toFixed(2)} EUR`);

await shutdown();

// A remote class is still an ordinary class. A unit test makes one and hands it whatever it likes:
const tested = new Shop('In a test', new ExchangeRates({ GOLD: 2 }), 'GOLD');
console.log(tested.quote(25));
