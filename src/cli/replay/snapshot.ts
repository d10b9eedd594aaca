import { topicNames } from '../../kafka/topic-names.ts';
import { outputTopicsOf } from '../../kafka/topic-history.ts';
import { createClusterConnection } from '../../kafka/cluster-connection.ts';
import { fetchClusterId } from '../../kafka/cluster-id.ts';
import { fetchPartitionCounts, topicMissing } from '../../kafka/partition-counts.ts';
import { readLedgerSnapshot } from '../../postgres/replay/ledger-snapshot.ts';
import { Failure } from '../../processor/failure.ts';
import type { LedgerSnapshot } from '../../replay/ports.ts';
import type { Cli } from '../frame/cli.ts';
import type { LineOf } from '../json/lines.ts';
import { count } from '../../domain/words/count.ts';
import { openDatabase, openKafka } from '../../operations/servers/servers.ts';
import { writeSnapshotFile } from '../../operations/history/snapshots.ts';
import { refuseToReplace } from '../../operations/history/target-file.ts';

export const replaySnapshot = (cli: Cli): void => {
  cli
    .command(
      'snapshot <file>',
      'Write down all ledgers as they are now, to begin or to end a verification with',
      ['runclose replay snapshot ledgers.avro', 'runclose replay verify --prove ledgers.avro'],
    )
    .action(
      cli.perform(async (context, path: string) => {
        await refuseToReplace(path, 'snapshot');
        const config = context.settings('kafka', 'database');
        const names = topicNames(config.topics.prefix);
        const pool = await openDatabase(context, config);
        const connection = createClusterConnection(await openKafka(context, config));
        context.onClose(() => connection.close());
        const topic = names.requested;
        const counts = await connection.run(`looking for ${topic}`, (cluster) =>
          fetchPartitionCounts(cluster, [topic]),
        );
        if ((counts.get(topic) ?? 0) === 0) throw topicMissing(topic);
        const clusterId = await connection.run('asking for the cluster id', fetchClusterId);

        const snapshot = await readLedgerSnapshot(pool, { clusterId, topic });
        if (isOfOtherTopics(snapshot)) throw ofOtherTopics(topic, clusterId);
        const { groupId } = config.kafka;
        const of = { topic, outputTopics: outputTopicsOf(names), groupId, clusterId };
        await writeSnapshotFile(context, path, of, snapshot);

        const { positions, ledgers } = snapshot;
        const { output } = context;
        const facts = {
          file: path,
          channels: ledgers.length,
          // The offset of each partition that the ledgers stand for.
          positions: [...positions].map(([partition, offset]) => ({ topic, partition, offset })),
        } satisfies LineOf<'replay snapshot'>;
        if (output.json) await output.record(facts);
        else await output.line(`${path}: the ledgers of ${count(ledgers.length, 'channel')}`);
        output.note(`It is worth what its proof is: runclose replay verify --prove ${path}`);
      }),
    );
};

/** Decisions that no position stands for: a verification that begins with them would begin anywhere. */
const isOfOtherTopics = ({ positions, ledgers }: LedgerSnapshot): boolean =>
  // A change of policy is a revision as well.
  positions.size === 0 && ledgers.some(({ revision, policyVersion }) => revision > policyVersion);

const ofOtherTopics = (topic: string, clusterId: string): Failure =>
  new Failure(
    'fatal',
    'OTHER_SOURCES',
    `nothing of ${topic} in cluster ${clusterId} was decided on the ledgers of this database: check TOPIC_PREFIX, KAFKA_BROKERS and DATABASE_URL`,
  );
