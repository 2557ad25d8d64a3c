// What the actors of `dependency-injection.ts` are given. Every worker loads this module before anything else.

import { container } from 'aktis';

export class ExchangeRates {
  readonly #perEuro: Readonly<Record<string, number>>;

  constructor(perEuro: Readonly<Record<string, number>>) {
    this.#perEuro = perEuro;
  }

  rate(currency: string): number {
    const rate = this.#perEuro[currency];
    if (rate === undefined) throw new RangeError(`No exchange rate for ${currency}`);
    return rate;
  }
}

// A class can be a token, and so can a string.
container.registerInstance(ExchangeRates, new ExchangeRates({ EUR: 1, USD: 1.08, GBP: 0.84 }));
container.registerInstance('currency', 'USD');
