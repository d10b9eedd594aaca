import type { Patch } from './patch.ts';

type OffsetManager = {
  readonly cluster: {
    fetchTopicsOffset(topics: readonly object[]): Promise<{ partitions: { offset: string }[] }[]>;
  };
  readonly topicConfigurations: Record<string, object>;
  seek(position: { topic: string; partition: number; offset: string }): Promise<void>;
  setDefaultOffset(position: { topic: string; partition: number }): Promise<void>;
};

/**
 * After a fetch below the log's first offset, kafkajs commits "earliest" as the group's offset, outside any transaction, so the group's
 * real offset is lost. With this patch, the consumer also continues at the first offset, but commits nothing. kafkajs issue 1119.
 */
export const offsetReset: Patch = {
  module: 'consumer/offsetManager/index.js',
  apply: (offsetManager: { prototype: OffsetManager }) => {
    offsetManager.prototype.setDefaultOffset = async function (this: OffsetManager, { topic, partition }) {
      const [found] = await this.cluster.fetchTopicsOffset([
        { topic, partitions: [{ partition }], ...this.topicConfigurations[topic] },
      ]);
      const offset = found?.partitions[0]?.offset;
      if (offset !== undefined) await this.seek({ topic, partition, offset });
    };
    return offsetManager;
  },
};
