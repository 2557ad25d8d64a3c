import { remote } from 'aktis';

@remote()
export class Counter {
  #value = 0;
  increment(by = 1): number {
    this.#value += by;
    return this.#value;
  }
}
