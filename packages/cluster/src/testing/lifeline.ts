import { setTimeout } from 'node:timers';
import { NodeDiedError } from '@aktis/core';
import type { Clock } from '../clock.ts';

/**
 * Stands for the process of a node that shares one with others: it can be frozen, thawed and ended.
 *
 * ```
 *   running ⇄ frozen      what comes while it is frozen waits, in order
 *      └──┬─────┘
 *         ▼
 *       ended             what comes is lost
 * ```
 */
export class Lifeline implements Clock {
  state: 'running' | 'frozen' | 'ended' = 'running';
  readonly #backlog: (() => void)[] = [];

  now(): number {
    return performance.now();
  }

  wallTime(): number {
    return Date.now();
  }

  after(milliseconds: number, callback: () => void): void {
    setTimeout(() => this.receive(callback), milliseconds).unref();
  }

  /** Something has come for it, or it has something to say: now, or when it runs again. */
  receive(action: () => void): void {
    if (this.state === 'running') action();
    else if (this.state === 'frozen') this.#backlog.push(action);
  }

  /** Resolves when it runs. Rejects when it never will again. */
  async running(): Promise<void> {
    if (this.state === 'frozen') await new Promise<void>(resolve => this.#backlog.push(resolve));
    if (this.state === 'ended') throw new NodeDiedError('The node was killed by its test');
  }

  /** A call to the outside: it begins when this runs, and so does its answer arrive. */
  async through<T>(call: () => Promise<T>): Promise<T> {
    if (this.state !== 'running') await this.running();
    try {
      return await call();
    } finally {
      if (this.state !== 'running') await this.running();
    }
  }

  freeze(): void {
    if (this.state === 'running') this.state = 'frozen';
  }

  thaw(): void {
    if (this.state !== 'frozen') return;
    this.state = 'running';
    this.#goOn();
  }

  end(): void {
    this.state = 'ended';
    this.#goOn();
  }

  /** What waits for it to run learns how it stands; it may be frozen again meanwhile. */
  #goOn(): void {
    while (this.#backlog.length > 0 && this.state !== 'frozen') this.#backlog.shift()?.();
  }
}
