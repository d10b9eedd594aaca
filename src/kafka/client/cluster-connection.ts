/**
 * Bare connections to a cluster, shared by all readers without a group. `run` connects if necessary and retries transient failures for ten
 * seconds, with fresh metadata for each retry. It rejects with a `Failure`.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Failure } from '../../processor/failure.ts';
import type { Cluster } from '../patches/kafkajs-internals.ts';
import type { KafkaClient } from './client.ts';
import { settledWithinMs } from './deadline.ts';
import { kafkaFailure, type Purpose, READING } from './failures.ts';

export type ClusterConnection = {
  /** @param doing says for the failure's message what the work does, with ids */
  run<T>(doing: string, work: (cluster: Cluster) => Promise<T>): Promise<T>;
  /** Never rejects, and waits at most two seconds for requests in flight. */
  close(): Promise<void>;
};

const PATIENCE_MS = 10_000;
const FIRST_DELAY_MS = 20;
const MAX_DELAY_MS = 1_000;
const CLOSING_MS = 2_000;

export const createClusterConnection = (
  client: Pick<KafkaClient, 'cluster'>,
  purpose: Purpose = READING,
): ClusterConnection => {
  const cluster = client.cluster();
  const state = { isClosed: false };
  const isClosed = (): boolean => state.isClosed;

  const attempt = async <T>(work: (cluster: Cluster) => Promise<T>): Promise<T> => {
    await cluster.connect();
    try {
      await cluster.refreshMetadataIfNecessary();
      return await work(cluster);
    } finally {
      // The connection may have been opened after `close`.
      if (isClosed()) await cluster.disconnect();
    }
  };

  /** Forgets a broker that failed and refreshes the metadata. A failure here does not matter: the next attempt reports it. */
  const recover = async (thrown: unknown): Promise<void> => {
    if (isAddressed(thrown)) cluster.removeBroker(thrown);
    await cluster.refreshMetadata().catch(() => undefined);
  };

  return {
    run: async (doing, work) => {
      const deadline = performance.now() + PATIENCE_MS;
      for (let delay = FIRST_DELAY_MS; ; delay = Math.min(delay * 2, MAX_DELAY_MS)) {
        try {
          return await attempt(work);
        } catch (thrown) {
          const failure: Failure = kafkaFailure(thrown, doing, purpose);
          if (isClosed() || failure.kind !== 'transient' || performance.now() + delay > deadline)
            throw failure;
          await sleep(delay);
          if (isClosed()) throw failure;
          await recover(thrown);
        }
      }
    },
    close: async () => {
      state.isClosed = true;
      await settledWithinMs(CLOSING_MS, cluster.disconnect());
    },
  };
};

const isAddressed = (thrown: unknown): thrown is { host: string; port: number } =>
  thrown instanceof Error && 'host' in thrown && 'port' in thrown && thrown.host !== undefined;
