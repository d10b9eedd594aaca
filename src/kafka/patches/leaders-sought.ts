import type { Patch } from './patch.ts';

type BrokerPool = {
  readonly metadata: {
    readonly topicMetadata: readonly {
      readonly partitionMetadata: readonly { readonly leader: number }[];
    }[];
  } | null;
  readonly metadataMaxAge: number;
  metadataExpireAt: number | null;
  refreshMetadata(topics: readonly string[]): Promise<void>;
  refreshMetadataIfNecessary(topics: readonly string[]): Promise<void>;
};

/** An election usually takes less than a second. */
const AGAIN_MS = 1_000;

/**
 * While a partition has no leader, refreshes the metadata every second, and not only when it has expired. Both times are measured with a
 * clock that never jumps: kafkajs would keep old metadata for an hour if the wall clock was set back by an hour.
 */
export const leadersSought: Patch = {
  module: 'cluster/brokerPool.js',
  apply: (brokerPool: { prototype: BrokerPool }) => {
    const dueAt = new WeakMap<BrokerPool, number>();
    const refresh = Reflect.get(brokerPool.prototype, 'refreshMetadata');
    const refreshIfNecessary = Reflect.get(brokerPool.prototype, 'refreshMetadataIfNecessary');
    brokerPool.prototype.refreshMetadata = async function (this: BrokerPool, topics) {
      await refresh.call(this, topics);
      const isLeaderless = this.metadata?.topicMetadata.some(({ partitionMetadata }) =>
        partitionMetadata.some(({ leader }) => leader < 0),
      );
      const ms = isLeaderless === true ? Math.min(AGAIN_MS, this.metadataMaxAge) : this.metadataMaxAge;
      dueAt.set(this, performance.now() + ms);
    };
    brokerPool.prototype.refreshMetadataIfNecessary = async function (this: BrokerPool, topics) {
      const due = dueAt.get(this);
      // kafkajs refreshes metadata that has no time to expire.
      if (due !== undefined && performance.now() > due) this.metadataExpireAt = null;
      return refreshIfNecessary.call(this, topics);
    };
    return brokerPool;
  },
};
