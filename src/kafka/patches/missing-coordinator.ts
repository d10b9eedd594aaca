import type { Patch } from './patch.ts';

type Ask = (found: object) => Promise<object>;
type BrokerPool = { withBroker(ask: Ask): Promise<object | null> };
type Cluster = {
  readonly brokerPool: BrokerPool;
  findGroupCoordinatorMetadata(request: object): Promise<object>;
};

/**
 * If no broker can name a coordinator, kafkajs discards the brokers' answers and throws an error of its own that is not retriable. The
 * consumer then crashes and returns as a new member, which the group does not admit until the old member's session has expired. So this
 * patch makes that error retriable, unless a broker has refused: if a right to the group or to the transactional id is missing, this patch
 * throws the broker's own error.
 */
export const missingCoordinator: Patch = {
  module: 'cluster/index.js',
  apply: (cluster: { prototype: Cluster }) => {
    const find = Reflect.get(cluster.prototype, 'findGroupCoordinatorMetadata');
    cluster.prototype.findGroupCoordinatorMetadata = async function (this: Cluster, request) {
      const { brokerPool } = this;
      let brokerError: unknown;
      const withBroker = (ask: Ask): Promise<object | null> =>
        brokerPool.withBroker((broker) =>
          ask(broker).catch((thrown: unknown) => {
            if (!isRefusal(brokerError)) brokerError = thrown;
            throw thrown;
          }),
        );
      try {
        return await find.call(
          Object.create(this, { brokerPool: { value: { withBroker } } }) as Cluster,
          request,
        );
      } catch (thrown) {
        if (!(thrown instanceof Error && thrown.name === 'KafkaJSGroupCoordinatorNotFound')) throw thrown;
        if (isRefusal(brokerError)) throw brokerError;
        throw Object.assign(thrown, { retriable: true, cause: brokerError });
      }
    };
    return cluster;
  },
};

const isRefusal = (thrown: unknown): boolean =>
  thrown instanceof Error && 'type' in thrown && /_AUTHORIZATION_FAILED$/.test(String(thrown.type));
