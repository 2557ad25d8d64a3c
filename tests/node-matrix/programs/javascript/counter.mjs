import { remote } from 'aktis';

export const Counter = remote(
  class Counter {
    #value = 0;
    increment(by = 1) {
      this.#value += by;
      return this.#value;
    }
  },
);
