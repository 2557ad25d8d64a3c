import { existsSync, statfsSync } from 'node:fs';
import type { ControlStore } from '../control-store.ts';

const others = ['nodes', 'leases', 'actors', 'jobs', 'groups'] as const;

const EVERY_MS = 10_000;
/** One failure may be a moment of a busy machine; each has waited ten seconds. */
const FAILURES = 2;
/** With less room a server that is started again could not write either. */
const ENOUGH_BYTES = 2 ** 20;

export interface Disk {
  exists(directory: string): boolean;
  freeBytes(directory: string): number;
}

const realDisk: Disk = {
  exists: existsSync,
  freeBytes(directory) {
    const { bavail, bsize } = statfsSync(directory);
    return bavail * bsize;
  },
};

interface Actions {
  /** Starts the server again. */
  renew(): Promise<void>;
  /** Whoever looks after this machine should know. */
  warn(text: string): void;
  /** There is nothing to be saved. */
  giveUp(reason: string): void;
}

/**
 * Looks whether the one server of a cluster still writes its tables. One whose disk was full writes nothing any more, also
 * when there is room again, though it answers: it has to be started again.
 */
export class TableHealth {
  readonly #store: ControlStore;
  readonly #directory: string;
  readonly #actions: Actions;
  readonly #disk: Disk;
  #failures = 0;
  #isWarned = false;

  constructor(store: ControlStore, directory: string, actions: Actions, disk = realDisk) {
    this.#store = store;
    this.#directory = directory;
    this.#actions = actions;
    this.#disk = disk;
  }

  /** Looks every ten seconds. Returns what ends it. */
  watch(): () => void {
    let isLooking = false;
    const timer = setInterval(async () => {
      if (isLooking) return;
      isLooking = true;
      await this.look();
      isLooking = false;
    }, EVERY_MS);
    timer.unref();
    return () => clearInterval(timer);
  }

  async look(): Promise<void> {
    // One that is down is started again by who runs it.
    if (!this.#store.available) return;
    if (!this.#disk.exists(this.#directory)) {
      this.#actions.giveUp(
        `its session directory ${this.#directory} was removed, and the tables of the cluster with it`,
      );
      return;
    }
    try {
      await this.#useAll();
      this.#failures = 0;
      this.#isWarned = false;
      return;
    } catch {
      if (++this.#failures < FAILURES || !this.#store.available) return;
    }
    if (this.#disk.freeBytes(this.#directory) < ENOUGH_BYTES) {
      if (!this.#isWarned)
        this.#actions.warn(
          `The disk of ${this.#directory} is full: until there is room nobody can join, and nothing new can be agreed on`,
        );
      this.#isWarned = true;
      return;
    }
    this.#failures = 0;
    this.#actions.warn('The nats-server writes nothing any more; it is started again');
    await this.#actions.renew().catch(() => {});
  }

  /** Each table by itself may have stopped: one is written, the others are asked for a change that they refuse. */
  async #useAll(): Promise<void> {
    await Promise.all([
      this.#store.table('meta').put('health', ''),
      ...others.map(name => this.#store.table(name).update('health', '', 1)),
      this.#store.blobs.list(),
    ]);
  }
}
