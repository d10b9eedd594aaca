/** Tries the address of each broker in the cluster's metadata: clients leave the addresses of the settings after the first answer. */
import { Failure, failureOf } from '../../processor/failure.ts';
import type { KafkaClient } from './client.ts';
import { settledWithinMs, withinMs } from './deadline.ts';
import { kafkaFailure } from './failures.ts';

export type BrokerAddress = {
  readonly nodeId: number;
  /** host:port, as the broker advertises it. */
  readonly address: string;
  /** Why no connection to the address can be opened; null if one can. */
  readonly refused: Failure | null;
};

const CONNECTING_MS = 5_000;
const CLOSING_MS = 1_000;

/** Rejects with a `Failure` if no address of the settings answers. */
export const tryBrokerAddresses = async (
  client: Pick<KafkaClient, 'cluster'>,
): Promise<readonly BrokerAddress[]> => {
  const cluster = client.cluster();
  const withTimeout = <T>(doing: string, work: Promise<T>): Promise<T> =>
    withinMs(
      CONNECTING_MS,
      work,
      () => new Failure('transient', 'KAFKA_TIMEOUT', `${doing}: no answer`),
    ).catch((thrown: unknown) => {
      throw kafkaFailure(thrown, doing);
    });
  try {
    const { brokers } = await withTimeout('asking for the addresses of the brokers', metadataOf(cluster));
    return await Promise.all(
      brokers.map(async ({ nodeId, host, port }) => {
        const connected = withTimeout('connecting', cluster.findBroker({ nodeId: String(nodeId) }));
        const refused = await connected.then(() => null, failureOf);
        return { nodeId, address: `${host}:${String(port)}`, refused };
      }),
    );
  } finally {
    await settledWithinMs(CLOSING_MS, cluster.disconnect());
  }
};

const metadataOf = async (cluster: ReturnType<KafkaClient['cluster']>) => {
  await cluster.connect();
  await cluster.refreshMetadata();
  const broker = await cluster.brokerPool.findConnectedBroker();
  return broker.metadata([]);
};
