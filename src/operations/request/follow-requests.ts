import type { KafkaClient } from '../../kafka/client/client.ts';
import { createClusterConnection } from '../../kafka/client/cluster-connection.ts';
import { WRITING } from '../../kafka/client/failures.ts';
import { createOutcomeWatch } from '../../kafka/outcomes/outcome-watch.ts';
import { fetchPartitionCounts, topicMissing } from '../../kafka/topics/partition-counts.ts';
import { createPacer } from '../../resilience/pacer.ts';
import { openKafkaTopics } from '../servers/kafka-topics.ts';
import { createDecoders } from '../servers/record-reading.ts';
import { openRegistry } from '../servers/servers.ts';
import type { Work } from '../work.ts';
import { createFollowOutcomes, type FollowOutcomes, type Published } from './command-outcomes.ts';
import { findHindrances } from './hindrances.ts';

export type Following = {
  readonly follow: FollowOutcomes;
  readonly hindrances: (missing: readonly Published[]) => Promise<readonly string[]>;
};

/** Opens the servers that commands go to. `startFollowing` remembers where the outputs end, so call it before publishing. */
export const openRequests = async (work: Work) => {
  const config = work.settings('kafka', 'registry');
  const { client, reader, offsets, groupId, names } = await openKafkaTopics(work, config);
  const registry = await openRegistry(work, config);
  await requireTopic(client, names.requested);
  return {
    config,
    startFollowing: async (): Promise<Following> => {
      const watch = createOutcomeWatch({
        reader,
        offsets,
        groupId,
        decoders: createDecoders(registry),
        names,
        pacer: createPacer(work.interrupted),
        onRefused: ({ message }) => {
          work.note(`Duplicates cannot be recognised, so waiting for one ends in a timeout: ${message}`);
        },
      });
      work.onClose(() => {
        watch.close();
      });
      const follow = await createFollowOutcomes(watch);
      const hindrances: Following['hindrances'] = async (missing) => {
        const trouble = watch.trouble();
        // Before the first start of serve, its group has no offsets. That concerns only the search for duplicates.
        const isReadable = trouble === undefined || trouble.code === 'GROUP_WITHOUT_OFFSETS';
        return isReadable ? findHindrances(reader, missing) : [trouble.message];
      };
      return { follow, hindrances };
    },
  };
};

/** Checks the topic first: otherwise a mistyped prefix would be reported as a missing schema. */
const requireTopic = async (kafka: KafkaClient, topic: string): Promise<void> => {
  const connection = createClusterConnection(kafka, WRITING);
  try {
    const counts = await connection.run(`looking for ${topic}`, (cluster) =>
      fetchPartitionCounts(cluster, [topic]),
    );
    if (counts.get(topic) === 0) throw topicMissing(topic);
  } finally {
    await connection.close();
  }
};
