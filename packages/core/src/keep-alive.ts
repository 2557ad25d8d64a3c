import { clearInterval, setInterval } from 'node:timers';
/** Keeps the process alive exactly while somebody waits: an idle session must not, a pending `get` must. */
export class KeepAlive {
  #count = 0;
  readonly #timer = setInterval(() => {}, 2 ** 30).unref();

  hold(): void {
    if (this.#count++ === 0) this.#timer.ref();
  }

  release(): void {
    if (--this.#count === 0) this.#timer.unref();
  }

  close(): void {
    clearInterval(this.#timer);
  }
}
