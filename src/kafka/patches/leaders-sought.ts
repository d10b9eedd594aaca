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

/** Elections take less, as a rule. */
const AGAIN_MS = 1_000;

/** As long as a partition has no leader, its next one is looked for every second, and not when the metadata has become old. */
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
