import type { Entry } from '../control-store.ts';

/** Collects what listeners are told, and waits for it. */
export class Recorder<T> {
  readonly heard: T[] = [];
  #waiting: (() => void)[] = [];

  readonly hear = (item: T): void => {
    this.heard.push(item);
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const check of waiting) check();
  };

  /** Resolves once `condition` holds for what was heard. */
  async until(condition: (heard: readonly T[]) => boolean): Promise<void> {
    while (!condition(this.heard)) await new Promise<void>(resolve => this.#waiting.push(resolve));
  }

  async count(count: number): Promise<T[]> {
    await this.until(heard => heard.length >= count);
    return this.heard;
  }
}

/** A watch's listener that notes `key=value`, or `key gone`. */
export function watchRecorder(): Recorder<string> & { listener: (key: string, entry: Entry | undefined) => void } {
  const recorder = new Recorder<string>();
  const listener = (key: string, entry: Entry | undefined) =>
    recorder.hear(entry === undefined ? `${key} gone` : `${key}=${entry.value}`);
  return Object.assign(recorder, { listener });
}
