/// <reference types="jest" />
import type { ControlStore } from '../control-store.ts';
import { blobTests } from './blobs.ts';
import { messageTests } from './messages.ts';
import { outageTests } from './outages.ts';
import { tableTests } from './tables.ts';
import { watchTests } from './watches.ts';

/** What the suite needs of an implementation. */
export interface ConformanceEngine {
  /** Connects a client to the store named `cluster`, which begins empty. */
  connect(cluster: string, options?: { timeout?: number }): Promise<ControlStore>;
  /** In ms; short, for the tests wait for it. */
  readonly leaseTtl: number;
  /** Takes the store away from all clients, without a goodbye; what was written must survive. */
  beginOutage(): Promise<void>;
  endOutage(): Promise<void>;
  end(): Promise<void>;
}

/** Connects clients of one empty store; they are closed after the test. */
export type Connect = (options?: { timeout?: number }) => Promise<ControlStore>;

/**
 * The tests every control store must pass. Call it at the top level of a jest test file.
 *
 * @example
 * controlStoreConformance('memory', async () => new MemoryEngine());
 */
export function controlStoreConformance(name: string, start: () => Promise<ConformanceEngine>): void {
  describe(`the control store on ${name}`, () => {
    let engine: ConformanceEngine;
    let stores: ControlStore[] = [];
    let cluster = '';
    const connect: Connect = async options => {
      const store = await engine.connect(cluster, options);
      stores.push(store);
      return store;
    };

    beforeAll(async () => {
      engine = await start();
    });
    beforeEach(() => {
      cluster = crypto.randomUUID();
    });
    afterEach(async () => {
      await Promise.all(stores.map(store => store.close()));
      stores = [];
    });
    afterAll(() => engine?.end());

    tableTests(connect, () => engine);
    watchTests(connect);
    messageTests(connect);
    blobTests(connect);
    outageTests(connect, () => engine);
  });
}
