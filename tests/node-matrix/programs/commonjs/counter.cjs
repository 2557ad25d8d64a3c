const { remote } = require('aktis');

exports.Counter = remote(
  class Counter {
    #value = 0;
    increment(by = 1) {
      this.#value += by;
      return this.#value;
    }
  },
);
