import { Cluster, type ClusterOptions, NetworkUnavailableError } from 'aktis/testing';

/** A cluster of namespaces for the tests of a file; where the machine refuses one, they hold it to saying so. */
export class NetworkedCluster {
  #cluster: Cluster | undefined;
  #refusal: unknown;

  async start(options: ClusterOptions): Promise<void> {
    try {
      this.#cluster = await Cluster.start({ ...options, network: 'namespaces' });
    } catch (error) {
      if (!(error instanceof NetworkUnavailableError)) throw error;
      this.#refusal = error;
      return;
    }
    await this.#cluster.connect();
  }

  /** What `test` takes. */
  on(work: (cluster: Cluster) => Promise<void>): () => Promise<void> {
    return async () => {
      if (this.#cluster !== undefined) return work(this.#cluster);
      expect(this.#refusal).toMatchObject({
        code: 'ERR_AKTIS_NETWORK_UNAVAILABLE',
        message: expect.stringMatching(
          /need Linux|rights of root|apt-get install iproute2|said "|cannot work|is free on/,
        ),
      });
    };
  }

  async end(): Promise<void> {
    await this.#cluster?.end();
  }
}
