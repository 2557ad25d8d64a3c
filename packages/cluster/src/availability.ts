import { tell } from './tell.ts';

/** Whether the store can be reached now: who wants to know, and who waits for it. */
export class Availability {
  readonly #listeners = new Set<(available: boolean) => void>();
  /** What is under way and may never be answered once the store is lost. */
  readonly #atLoss = new Set<() => void>();
  readonly #waiting = new Set<(available: boolean) => void>();
  #available = true;

  get available(): boolean {
    return this.#available;
  }

  set(available: boolean): void {
    if (this.#available === available) return;
    this.#available = available;
    if (!available) for (const lost of [...this.#atLoss]) lost();
    for (const listener of [...this.#listeners]) tell(() => listener(available));
    if (available) for (const end of [...this.#waiting]) end(true);
  }

  /** It will never be available again: who waits for it is told. */
  end(): void {
    this.set(false);
    for (const end of [...this.#waiting]) end(false);
  }

  /** Returns what ends it. */
  onChange(listener: (available: boolean) => void): () => void {
    const own = (available: boolean) => listener(available);
    this.#listeners.add(own);
    return () => this.#listeners.delete(own);
  }

  /** Resolves with true once available, with false when `timeout` is up first. */
  async until(timeout: number): Promise<boolean> {
    if (this.#available) return true;
    if (timeout <= 0) return false;
    return new Promise(resolve => {
      const end = (available: boolean) => {
        clearTimeout(timer);
        this.#waiting.delete(end);
        resolve(available);
      };
      this.#waiting.add(end);
      const timer = setTimeout(end, timeout, false);
    });
  }

  /** Settles as `work` does, but rejects with what `lost` makes when the store is lost or `timeout` is up first. */
  orLost<T>(work: Promise<T>, timeout: number, lost: (reason: 'lost' | 'late') => Error): Promise<T> {
    return new Promise((resolve, reject) => {
      const atLoss = () => {
        end();
        reject(lost('lost'));
      };
      const timer = setTimeout(() => {
        end();
        reject(lost('late'));
      }, timeout);
      const end = () => {
        clearTimeout(timer);
        this.#atLoss.delete(atLoss);
      };
      this.#atLoss.add(atLoss);
      work.finally(end).then(resolve, reject);
    });
  }
}
