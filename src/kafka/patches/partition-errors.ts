import type { Patch } from './patch.ts';

type Metadata = {
  readonly topicMetadata: readonly {
    readonly partitionMetadata: readonly { partitionErrorCode: number }[];
  }[];
};
type Response = { readonly decode: unknown; readonly parse: (metadata: Metadata) => Promise<Metadata> };

const NO_ERROR = 0;

/**
 * If one partition has no leader, kafkajs refuses the broker's whole answer about topics and brokers: every refresh fails, and no process
 * can start. With this patch, the error of a partition concerns only that partition, whose leader is then -1. Errors of a whole topic are
 * thrown as before.
 */
export const partitionErrors: Patch = {
  module: 'protocol/requests/metadata/v0/response.js',
  apply: (response: Response): Response => ({
    ...response,
    parse: async (metadata) => {
      const topicMetadata = metadata.topicMetadata.map((topic) => ({
        ...topic,
        partitionMetadata: topic.partitionMetadata.map((partition) => ({
          ...partition,
          partitionErrorCode: NO_ERROR,
        })),
      }));
      await response.parse({ ...metadata, topicMetadata });
      return metadata;
    },
  }),
};
