import { count } from '../../domain/words/count.ts';
import { RECORD_TOPICS } from '../../avro/schema-files.ts';
import { createSchemaIds, notRegistered } from '../../avro/schema-ids.ts';
import type { Config } from '../../config/config.ts';
import type { KafkaClient } from '../../kafka/client/client.ts';
import { type ClusterConnection, createClusterConnection } from '../../kafka/client/cluster-connection.ts';
import { fetchClusterId } from '../../kafka/client/cluster-id.ts';
import { fetchMissingRights } from '../../kafka/topics/missing-rights.ts';
import { fetchPartitionCounts } from '../../kafka/topics/partition-counts.ts';
import { missingRights } from '../../kafka/rights/refused-right.ts';
import { principalOf } from '../rights/principal-of.ts';
import { NO_SUBSCRIBERS, rightsOf } from '../../kafka/rights/rights.ts';
import { OUTPUT_ROLES, type TopicNames, topicNames } from '../../kafka/names/topic-names.ts';
import { otherClusters } from '../../postgres/lease/clusters.ts';
import type { LeaseScope } from '../../postgres/lease/lease-scope.ts';
import type { Database } from '../../postgres/pool.ts';
import { requireSchemaVersion } from '../../postgres/schema-version.ts';
import { Failure } from '../../processor/failure.ts';
import type { Registry } from '../servers/servers.ts';

const notReady = (message: string): Failure => new Failure('fatal', 'NOT_SET_UP', message);

export type StartupChecksDeps = {
  readonly config: Config;
  readonly kafka: KafkaClient;
  readonly pool: Database;
  readonly registry: Registry;
};

/** Checks that everything that `serve` needs is set up. Resolves with the number of partitions. Rejects with what is missing. */
export const requireSetUp = async ({ config, kafka, pool, registry }: StartupChecksDeps): Promise<number> => {
  const names = topicNames(config.topics.prefix);
  const connection = createClusterConnection(kafka);
  try {
    await requireRights(connection, config);
    const clusterId = await connection.run('asking for the cluster id', fetchClusterId);
    const partitions = await requireTopics(connection, names);
    await requireDatabase(pool, { clusterId, topic: names.requested });
    await requireSchemas(registry);
    return partitions;
  } finally {
    await connection.close();
  }
};

/** Checks every right in Kafka that the processor will need, and names all missing rights at once. */
const requireRights = async (
  kafka: ClusterConnection,
  { topics: { prefix }, kafka: settings }: Config,
): Promise<void> => {
  const needed = rightsOf('processor', {
    prefix,
    groupId: settings.groupId,
    subscriberGroups: NO_SUBSCRIBERS,
  });
  const missing = await kafka.run('asking for the rights in Kafka', (cluster) =>
    fetchMissingRights(cluster, needed),
  );
  if (missing.length > 0)
    throw new Failure(
      'fatal',
      'KAFKA_AUTHORIZATION_FAILED',
      missingRights(missing, await principalOf(settings)),
    );
};

/** Checks that the input and its outputs exist, and that no output has fewer partitions than the input. */
const requireTopics = async (kafka: ClusterConnection, names: TopicNames): Promise<number> => {
  const all = Object.values(names);
  const counts = await kafka.run('looking at the topics', (cluster) => fetchPartitionCounts(cluster, all));
  const missing = all.filter((topic) => counts.get(topic) === 0);
  if (missing.length > 0)
    throw notReady(`there is no topic ${missing.join(', ')}: run \`runclose setup\`, or set TOPIC_PREFIX`);

  const needed = counts.get(names.requested) ?? 0;
  const narrow = OUTPUT_ROLES.map((role) => names[role]).filter((topic) => (counts.get(topic) ?? 0) < needed);
  if (narrow.length > 0) {
    const found = narrow.map((topic) => `${topic} has ${String(counts.get(topic))}`).join(', ');
    throw notReady(
      `${names.requested} has ${count(needed, 'partition')}, but ${found}; run \`runclose setup --repartition\``,
    );
  }
  return needed;
};

/** Checks that the database has the schema of this version, and that there are no leases of another cluster on the topic. */
const requireDatabase = async (pool: Database, scope: LeaseScope): Promise<void> => {
  const { clusterId, topic } = scope;
  await requireSchemaVersion(pool);
  const others = await otherClusters(pool, scope);
  if (others.length > 0) {
    throw notReady(
      `${topic} was processed on Kafka cluster ${others.join(', ')}, but this is ${clusterId}; ` +
        'if you want that (after a fail-over), run `runclose adopt-cluster`',
    );
  }
};

/** Checks that every schema in use is registered. If the registry loses schemas later, `serve` waits for them instead. */
const requireSchemas = async (registry: Registry): Promise<void> => {
  const missing = await createSchemaIds({ ...registry, topics: RECORD_TOPICS }).missing();
  if (missing.length > 0) throw notReady(notRegistered(missing).message);
};
