/** The table of checks: what each needs, and where its facts come from. The files in checks/ judge the facts. */
import { registryAddressOf } from '../../avro/registry-login.ts';
import type { ConfigPart } from '../../config/config.ts';
import {
  fetchBrokerReleases,
  OLDEST_SUPPORTED_LEVEL,
  releaseOf,
} from '../../kafka/client/broker-releases.ts';
import { fetchGroup } from '../../kafka/consume/group-members.ts';
import { createGroupOffsets } from '../../kafka/read/group-offsets.ts';
import { createInputLog } from '../../kafka/read/input-log.ts';
import { fetchMissingRights } from '../../kafka/topics/missing-rights.ts';
import { NO_SUBSCRIBERS, rightsOf } from '../../kafka/rights/rights.ts';
import { topicNames } from '../../kafka/names/topic-names.ts';
import { compareTopics, lookAtTopics } from '../../kafka/topics/topics.ts';
import { listLeases } from '../../postgres/lease/leases.ts';
import { missingObjects } from '../../postgres/missing-objects.ts';
import { missingGrants } from '../../postgres/missing-grants.ts';
import { changedMigrations, requireSchemaVersion } from '../../postgres/schema-version.ts';
import { serverTime, serverVersion } from '../../postgres/server-facts.ts';
import { principalOf } from '../rights/principal-of.ts';
import { groupStatus } from '../status/status.ts';
import { certificatesInUse } from './certificates.ts';
import { type Check, onKafka, onKafkaAndPostgres, onPostgres, onRegistry, onSettings } from './check.ts';
import { checkCertificates } from './checks/certificates.ts';
import { checkClock } from './checks/clock.ts';
import { checkDatabaseRights, checkMigrations } from './checks/database.ts';
import { checkGroup, checkOffsets } from './checks/group.ts';
import { checkKafkaRights } from './checks/kafka-rights.ts';
import { checkLag } from './checks/lag.ts';
import { checkPartitioners } from './checks/partitioners.ts';
import { checkAlarms, checkTransactions } from './checks/partitions.ts';
import { checkSchemas } from './checks/schemas.ts';
import { checkTopics, checkTopicSettings } from './checks/topics.ts';
import { checkVersions } from './checks/versions.ts';
import {
  bootstrapOf,
  groupOf,
  hasCommandsAfter,
  inputPartitions,
  namesOf,
  newestCommands,
} from './kafka-facts.ts';
import { configOrNull } from './reached-servers.ts';

export const CHECKS: readonly Check[] = [
  onKafka('versions', async ({ connection }, { servers: { postgres } }) => {
    const releases = await connection.run('asking for the releases of the brokers', fetchBrokerReleases);
    return checkVersions({
      postgres: postgres && (await serverVersion(postgres.pool)),
      kafka: releases.map(({ nodeId, level }) => ({
        nodeId,
        release: level === null ? null : releaseOf(level),
        isTooOld: level !== null && level < OLDEST_SUPPORTED_LEVEL,
      })),
    });
  }),
  onKafkaAndPostgres('clock', (kafka, { pool }) =>
    checkClock({
      now: Date.now,
      postgresTime: () => serverTime(pool),
      hasCommandsAfter: (time) => hasCommandsAfter(kafka, time),
    }),
  ),
  onKafka('topics', async (kafka) => {
    const names = namesOf(kafka);
    return checkTopics(await kafka.reader.partitionCounts(Object.values(names)), names);
  }),
  onKafka('topic settings', async (kafka) => {
    const { prefix, ...planned } = kafka.config.topics;
    const names = topicNames(prefix);
    const differences = await compareTopics(kafka.client, { names, ...planned, growth: 'never' });
    const looked = await lookAtTopics(kafka.client, Object.values(names));
    return checkTopicSettings({ differences, ...looked, bootstrap: bootstrapOf(kafka) });
  }),
  onRegistry('schemas', ({ config, ...registry }) =>
    checkSchemas({ ...registry, address: registryAddressOf(config.registry) }),
  ),
  onPostgres('migrations', ({ pool }) =>
    checkMigrations({
      requireVersion: () => requireSchemaVersion(pool),
      changed: () => changedMigrations(pool),
      missingObjects: (version) => missingObjects(pool, version),
      missingRights: () => missingGrants(pool),
    }),
  ),
  onPostgres('rights in Postgres', async ({ pool }) => checkDatabaseRights(await missingGrants(pool))),
  onKafka('rights in Kafka', async (kafka, { role }) => {
    const { topics, kafka: settings } = kafka.config;
    const needed = rightsOf(role, {
      prefix: topics.prefix,
      groupId: settings.groupId,
      subscriberGroups: NO_SUBSCRIBERS,
    });
    const missing = await kafka.connection.run('asking for the rights in Kafka', (cluster) =>
      fetchMissingRights(cluster, needed),
    );
    return checkKafkaRights({
      role,
      missing,
      principal: await principalOf(settings),
      bootstrap: bootstrapOf(kafka),
    });
  }),
  onKafka('group', async (kafka) => {
    const { groupId, topic } = groupOf(kafka);
    const group = await fetchGroup(kafka.client, { groupId, topic });
    const { clientId } = kafka.config.kafka;
    return checkGroup({ groupId, topic, partitions: await inputPartitions(kafka), group, clientId });
  }),
  onKafka('transactions', async (kafka, { work }) => {
    const { groupId, bootstrap } = groupOf(kafka);
    const log = createInputLog({ client: kafka.client, groupId, names: namesOf(kafka) });
    work.onClose(() => log.close());
    const contents = await log.contents(await inputPartitions(kafka));
    return checkTransactions({ contents, bootstrap });
  }),
  onKafkaAndPostgres('alarms', async (kafka, _, { work }) => {
    const status = await groupStatus(work);
    const alarms = new Map(status.statuses.map((it) => [it.partition, it.alarms]));
    return [
      ...checkAlarms({ alarms, ...groupOf(kafka) }),
      ...(await checkLag(status, () => groupStatus(work))),
    ];
  }),
  onKafkaAndPostgres('offsets', async (kafka, { pool }, { work }) => {
    const group = groupOf(kafka);
    const offsets = createGroupOffsets(kafka.client, group.groupId);
    work.onClose(() => offsets.close());
    const committed = await offsets.committed(group.topic, await inputPartitions(kafka));
    return checkOffsets({ ...group, committed, leases: await listLeases(pool, group.topic) });
  }),
  onKafka('partitioners', async (kafka) =>
    checkPartitioners(newestCommands(kafka), (await inputPartitions(kafka)).length, Date.now()),
  ),
  onSettings('certificates', async ({ work, servers: { kafka } }) => {
    const settings = <P extends ConfigPart>(part: P) => configOrNull(work, part);
    return checkCertificates(await certificatesInUse(settings, kafka?.advertised ?? []), Date.now());
  }),
];
