/**
 * Reads from Kafka what is known about an input partition and its emitted events. One connection serves all partitions. If the end of a log
 * lies behind an open transaction, this waits for that transaction, so that no later commit is missed. Rejects with a `Failure`: transient
 * if Kafka stays away or a transaction stays open.
 */
import type { EmittedValues, InputLog, LogIdentity, MissingOutput } from '../../processor/ports/input-log.ts';
import { type EventType, EVENT_TYPES } from '../../wire/event-types.ts';
import type { OffsetRange, Position } from '../../wire/position.ts';
import type { KafkaClient } from '../client/client.ts';
import { createClusterConnection } from '../client/cluster-connection.ts';
import { OUTPUT_ROLES, topicOfEvent, type TopicNames } from '../names/topic-names.ts';
import type { Cluster } from '../patches/kafkajs-internals.ts';
import { sourceOfDeadLetter } from '../records/dead-letters.ts';
import type { LogRecord, TopicPartition } from '../records/log-record.ts';
import { partitionOf } from '../../wire/partitioner.ts';
import { sourceOfEvent } from '../records/source-position.ts';
import { fetchLogIdentity } from '../topics/log-identity.ts';
import { fetchPartitionCounts } from '../topics/partition-counts.ts';
import { groupByLeader, fetchLedBounds, findLeaderless, partitionsOf } from '../topics/partition-offsets.ts';
import { fetchCommittedOffset } from './committed-offset.ts';
import { findLastSource, findLastVisibleSource, readSources, type SourceOf } from './emitted-sources.ts';
import { fetchContents, type PartitionContent } from './hindrances.ts';
import { createPartitionReader } from './partition-reader.ts';
import { createRecordAges } from './record-ages.ts';

export type InputLogDeps = {
  readonly client: Pick<KafkaClient, 'cluster'>;
  readonly groupId: string;
  readonly names: TopicNames;
};

export type PartitionProgress = {
  readonly partition: number;
  /** The next offset of the group. */
  readonly next: number;
  /** One past the last record that can be read now. */
  readonly end: number;
};

/** The outputs that lack this partition, with their numbers of partitions. */
export const missingOutputsIn = (
  counts: ReadonlyMap<string, number>,
  names: TopicNames,
  partition: number,
): readonly MissingOutput[] =>
  OUTPUT_ROLES.map((role) => ({ topic: names[role], partitions: counts.get(names[role]) ?? 0 })).filter(
    ({ partitions }) => partitions <= partition,
  );

export const createInputLog = ({
  client,
  groupId,
  names,
}: InputLogDeps): InputLog & {
  /** `identity`, from the leader of any partition that has one. */
  anyIdentity(): Promise<LogIdentity>;
  /** `lastEmittedSource` of the records that can be read now, without waiting for the end of open transactions. */
  lastVisibleSource(partition: number): Promise<number | null>;
  /** `lastEmittedSource` of these outputs alone. They must have the partition. */
  lastSourceIn(topics: readonly string[], partition: number): Promise<number | null>;
  /** How far the group and the log are, according to the brokers, whatever the consumer does. */
  progress(partitions: readonly number[]): Promise<readonly PartitionProgress[]>;
  /** The end of the log of each partition that has a leader. */
  ends(): Promise<ReadonlyMap<number, number>>;
  /** The first record that can be read now, from the offset `from` up to, but not including, `to`; null: none. */
  firstRecord(range: OffsetRange): Promise<LogRecord | null>;
  /** The ends of the partitions' records, and why these records or their events cannot be read. */
  contents(partitions: readonly number[]): Promise<readonly PartitionContent[]>;
  /** Never rejects. */
  close(): Promise<void>;
} => {
  const connection = createClusterConnection(client);
  const reader = createPartitionReader(client, connection);
  const input = names.requested;
  const outputs = OUTPUT_ROLES.map((role) => names[role]);
  const ages = createRecordAges<string>();
  let inputPartitions = 1;

  const ownSource =
    (partition: number, sourceIn: (headers: Parameters<SourceOf>[0]) => Position | null): SourceOf =>
    (headers) => {
      const source = sourceIn(headers);
      return source !== null && source.topic === input && source.partition === partition
        ? source.offset
        : null;
    };

  const ASKING_IDENTITY = `asking for the ids of ${input} and its outputs`;

  /** Asks the partition's leader: the leader serves a fetch only if it knows the topic, while another broker may lag behind. */
  const identityBy = async (
    cluster: Cluster,
    partition: TopicPartition | undefined,
  ): Promise<LogIdentity> => {
    const [leader] = partition === undefined ? [] : await groupByLeader(cluster, [partition]);
    return fetchLogIdentity(leader?.broker ?? (await cluster.brokerPool.findConnectedBroker()), names);
  };

  /** The greatest offset of the input partition that one of these output partitions names. */
  const lastSource = async (
    partition: number,
    topics: readonly string[],
    find: typeof findLastSource,
  ): Promise<number | null> => {
    const last = await Promise.all(
      topics.map((topic) => {
        const sourceIn = topic === names.deadLetters ? sourceOfDeadLetter : sourceOfEvent;
        return find({ reader, output: { topic, partition }, sourceOf: ownSource(partition, sourceIn) });
      }),
    );
    const sources = last.filter((source) => source !== null);
    return sources.length === 0 ? null : Math.max(...sources);
  };

  return {
    identity: (partition) =>
      connection.run(ASKING_IDENTITY, (cluster) => identityBy(cluster, { topic: input, partition })),

    anyIdentity: () =>
      connection.run(ASKING_IDENTITY, async (cluster) => {
        const counts = await fetchPartitionCounts(cluster, [input]);
        const all = partitionsOf(input, counts.get(input) ?? 0);
        const leaderless = await findLeaderless(cluster, all);
        return identityBy(
          cluster,
          all.find((partition) => !leaderless.includes(partition)),
        );
      }),

    committedOffset: (partition) =>
      connection.run(`asking for the offset of ${groupId} in ${input}/${String(partition)}`, (cluster) =>
        fetchCommittedOffset(cluster, groupId, { topic: input, partition }),
      ),

    bounds: async (partition) => {
      const [bounds] = await reader.bounds([{ topic: input, partition }]);
      return { low: bounds?.low ?? 0, high: bounds?.high ?? 0 };
    },

    // Check all outputs: the two events of a run are emitted together, but one of the topics may have lost its event since.
    lastEmittedSource: (partition) => lastSource(partition, outputs, findLastSource),
    lastVisibleSource: (partition) => lastSource(partition, outputs, findLastVisibleSource),
    lastSourceIn: (topics, partition) => lastSource(partition, topics, findLastSource),

    deadLettered: async ({ partition, first, end }) => {
      const offsets = new Set<number>();
      const output = { topic: names.deadLetters, partition };
      const search = { reader, output, sourceOf: ownSource(partition, sourceOfDeadLetter) };
      for await (const { source } of readSources(search, { first, end })) offsets.add(source);
      return offsets;
    },

    emittedEvents: async ({ partition, first, end }) => {
      const events = new Map<number, EmittedValues>();
      const collect = async (type: EventType): Promise<void> => {
        const output = { topic: topicOfEvent(names, type), partition };
        const search = { reader, output, sourceOf: ownSource(partition, sourceOfEvent) };
        for await (const { source, record } of readSources(search, { first, end })) {
          if (record.value !== null) events.set(source, { ...events.get(source), [type]: record.value });
        }
      };
      await Promise.all(EVENT_TYPES.map(collect));
      return events;
    },

    partitionOf: (key) => partitionOf(key, inputPartitions),

    missingOutputs: async (partition) => {
      const counts = await reader.partitionCounts([input, ...outputs]);
      inputPartitions = Math.max(1, counts.get(input) ?? 1);
      return missingOutputsIn(counts, names, partition);
    },

    progress: (partitions) =>
      connection.run(`asking how far ${groupId} is in ${input}`, async (cluster) => {
        await cluster.findGroupCoordinator({ groupId });
        const { bounds, leaderless } = await fetchLedBounds(
          cluster,
          partitions.map((partition) => ({ topic: input, partition })),
        );
        const ledPartitions = await Promise.all(
          bounds.map(async ({ topic, partition, low, stable }) => {
            const committed = await fetchCommittedOffset(cluster, groupId, { topic, partition });
            // Records below the log's first offset can no longer be read. They are a gap, and no lag.
            return { partition, next: Math.max(committed ?? low, low), end: stable };
          }),
        );
        return [...ledPartitions, ...leaderless.map(({ partition }) => ({ partition, next: 0, end: 0 }))];
      }),

    ends: () =>
      connection.run(`asking where ${input} ends`, async (cluster) => {
        const counts = await fetchPartitionCounts(cluster, [input]);
        const { bounds } = await fetchLedBounds(cluster, partitionsOf(input, counts.get(input) ?? 0));
        return new Map(bounds.map(({ partition, high }) => [partition, high]));
      }),

    firstRecord: async ({ partition, from, to }) => {
      // A broker answers with a whole batch of records, however small the limit is.
      for await (const record of reader.read([{ topic: input, partition, from, to }], { maxBytes: 1 }))
        return record;
      return null;
    },

    contents: (partitions) =>
      connection.run(`asking for the records in ${input} and its outputs`, (cluster) =>
        fetchContents(cluster, names, partitions, ages),
      ),

    close: () => connection.close(),
  };
};
