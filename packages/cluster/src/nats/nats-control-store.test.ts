import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ConformanceEngine, controlStoreConformance } from '../conformance/suite.ts';
import { NatsControlStore } from './nats-control-store.ts';
import { NatsServer } from './nats-server.ts';

const token = 'a token of sixteen characters';

controlStoreConformance('NATS', async (): Promise<ConformanceEngine> => {
  const directory = await mkdtemp(join(tmpdir(), 'aktis-nats-'));
  let server = await NatsServer.start({ directory, port: 0, token });
  const { port } = server;
  return {
    leaseTtl: 1000,
    connect: (cluster, options) =>
      NatsControlStore.connect({
        servers: server.url,
        token,
        name: 'test',
        clusterId: cluster,
        leaseTtl: 1000,
        ...options,
      }),
    beginOutage: async () => {
      process.kill(server.pid, 'SIGKILL');
      // Before the supervisor notices.
      await server.stop();
    },
    endOutage: async () => {
      server = await NatsServer.start({ directory, port, token });
    },
    end: async () => {
      await server.stop();
      await rm(directory, { recursive: true });
    },
  };
});
