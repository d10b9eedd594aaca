import type { Patch } from './patch.ts';

type Cluster = { findGroupCoordinatorMetadata(request: object): Promise<object> };

/**
 * When no broker can name a coordinator, because none can be reached, kafkajs calls that an error that trying again cannot help:
 * the consumer crashes, and comes back as a new member, which the group does not let in before the old one's session has expired.
 */
export const missingCoordinator: Patch = {
  module: 'cluster/index.js',
  apply: (cluster: { prototype: Cluster }) => {
    const find = Reflect.get(cluster.prototype, 'findGroupCoordinatorMetadata');
    cluster.prototype.findGroupCoordinatorMetadata = function (this: Cluster, request) {
      return find.call(this, request).catch((thrown: unknown) => {
        if (thrown instanceof Error && thrown.name === 'KafkaJSGroupCoordinatorNotFound') {
          Object.assign(thrown, { retriable: true });
        }
        throw thrown;
      });
    };
    return cluster;
  },
};
