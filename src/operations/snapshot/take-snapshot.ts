import { fetchClusterId } from '../../kafka/client/cluster-id.ts';
import { outputTopicsOf } from '../../kafka/read/topic-history.ts';
import { fetchPartitionCounts, topicMissing } from '../../kafka/topics/partition-counts.ts';
import type { LeaseScope } from '../../postgres/lease/lease-scope.ts';
import { readLedgerSnapshot } from '../../postgres/replay/ledger-snapshot.ts';
import { Failure } from '../../processor/failure.ts';
import type { LedgerSnapshot } from '../../replay/ports.ts';
import { writeSnapshotFile } from '../history/snapshots.ts';
import { refuseToReplace } from '../history/target-file.ts';
import { openKafkaTopics } from '../servers/kafka-topics.ts';
import { openDatabase } from '../servers/servers.ts';
import type { Work } from '../work.ts';

/** Writes all ledgers of one moment into a file. */
export const takeSnapshot = async (
  work: Work,
  path: string,
): Promise<LedgerSnapshot & { readonly topic: string }> => {
  await refuseToReplace(path, 'snapshot');
  const config = work.settings('kafka', 'database');
  const pool = await openDatabase(work, config);
  const { connection, groupId, names } = await openKafkaTopics(work, config);
  const topic = names.requested;
  const counts = await connection.run(`looking for ${topic}`, (cluster) =>
    fetchPartitionCounts(cluster, [topic]),
  );
  if ((counts.get(topic) ?? 0) === 0) throw topicMissing(topic);
  const clusterId = await connection.run('asking for the cluster id', fetchClusterId);

  const snapshot = await readLedgerSnapshot(pool, { clusterId, topic });
  if (isOfOtherTopics(snapshot)) throw ofOtherTopics({ clusterId, topic });
  await writeSnapshotFile(
    work,
    path,
    { topic, outputTopics: outputTopicsOf(names), groupId, clusterId },
    snapshot,
  );
  return { ...snapshot, topic };
};

/** True if there are ledgers, but no positions: a verification could not tell where to start. */
const isOfOtherTopics = ({ positions, ledgers }: LedgerSnapshot): boolean =>
  // Each policy change is a revision, too, so more revisions than policy versions show that something was decided.
  positions.size === 0 && ledgers.some(({ revision, policyVersion }) => revision > policyVersion);

const ofOtherTopics = ({ clusterId, topic }: LeaseScope): Failure =>
  new Failure(
    'fatal',
    'OTHER_SOURCES',
    `the ledgers of this database contain no decision on ${topic} in cluster ${clusterId}: check TOPIC_PREFIX, KAFKA_BROKERS and DATABASE_URL`,
  );
