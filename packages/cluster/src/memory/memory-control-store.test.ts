import { ControlPlaneUnavailableError } from '@aktis/core';
import { Recorder, watchRecorder } from '../conformance/recorder.ts';
import { type ConformanceEngine, controlStoreConformance } from '../conformance/suite.ts';
import { NobodyThereError } from '../control-store-errors.ts';
import { MemoryControlStore } from './memory-control-store.ts';

controlStoreConformance('memory', async (): Promise<ConformanceEngine> => {
  const roots = new Map<string, MemoryControlStore>();
  let clients: MemoryControlStore[] = [];
  const setAvailable = async (available: boolean) => {
    for (const client of clients) client.setAvailable(available);
  };
  return {
    leaseTtl: 300,
    connect: async (cluster, options) => {
      const root = roots.get(cluster) ?? new MemoryControlStore({ leaseTtl: 300 });
      roots.set(cluster, root);
      const client = root.connect(options);
      clients.push(client);
      return client;
    },
    beginOutage: () => setAvailable(false),
    endOutage: () => setAvailable(true),
    end: async () => {
      clients = [];
    },
  };
});

describe('a client that is cut off', () => {
  let here: MemoryControlStore;
  let there: MemoryControlStore;
  beforeEach(() => {
    here = new MemoryControlStore();
    there = here.connect({ timeout: 50 });
  });

  test('hears nothing, answers nobody, and others go on', async () => {
    const heard = new Recorder<string>();
    there.subscribe('a', heard.hear);
    there.serve('b', () => '');
    there.setAvailable(false);
    here.publish('a', 'lost');
    await expect(here.request('b', '', 1000)).rejects.toThrow(NobodyThereError);
    await expect(there.table('meta').put('a', '1')).rejects.toThrow(ControlPlaneUnavailableError);
    expect(await here.table('meta').put('a', '2')).toBe(1);
    there.setAvailable(true);
    here.publish('a', 'heard');
    expect(await heard.count(1)).toEqual(['heard']);
  });

  test('is told what changed once it is back', async () => {
    await here.table('nodes').put('a', '1');
    await here.table('nodes').put('b', '1');
    const recorder = watchRecorder();
    await there.table('nodes').watch(recorder.listener);
    there.setAvailable(false);
    await here.table('nodes').delete('a');
    await here.table('nodes').put('b', '2');
    await here.table('nodes').put('b', '3');
    there.setAvailable(true);
    expect((await recorder.count(4)).slice(2).toSorted()).toEqual(['a gone', 'b=3']);
  });

  test('an answer it was preparing reaches nobody', async () => {
    let asked: () => void = () => {};
    const heard = new Promise<void>(resolve => {
      asked = resolve;
    });
    let answer: (text: string) => void = () => {};
    there.serve('slow', () => {
      asked();
      return new Promise(resolve => {
        answer = resolve;
      });
    });
    const asking = here.request('slow', '', 200);
    const outcome = expect(asking).rejects.toThrow(ControlPlaneUnavailableError);
    await heard;
    there.setAvailable(false);
    answer('too late');
    await outcome;
  });
});
