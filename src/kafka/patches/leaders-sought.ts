import type { Patch } from './patch.ts';

type BrokerPool = {
  readonly metadata: {
    readonly topicMetadata: readonly {
      readonly partitionMetadata: readonly { readonly leader: number }[];
    }[];
  } | null;
  metadataExpireAt: number | null;
  refreshMetadata(topics: readonly string[]): Promise<void>;
};

/** An election usually takes less than a second. */
const AGAIN_MS = 1_000;

/** While a partition has no leader, refreshes the metadata every second, and not only when it has expired. */
export const leadersSought: Patch = {
  module: 'cluster/brokerPool.js',
  apply: (brokerPool: { prototype: BrokerPool }) => {
    const refresh = Reflect.get(brokerPool.prototype, 'refreshMetadata');
    brokerPool.prototype.refreshMetadata = async function (this: BrokerPool, topics) {
      await refresh.call(this, topics);
      const isLeaderless = this.metadata?.topicMetadata.some(({ partitionMetadata }) =>
        partitionMetadata.some(({ leader }) => leader < 0),
      );
      if (isLeaderless === true) {
        this.metadataExpireAt = Math.min(this.metadataExpireAt ?? Infinity, Date.now() + AGAIN_MS);
      }
    };
    return brokerPool;
  },
};
