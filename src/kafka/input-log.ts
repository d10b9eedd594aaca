/**
 * What the log says about an input partition and what was emitted for it. One connection for all partitions. Ends behind open
 * transactions are waited for, so that nothing committed later is overlooked. Rejects with a `Failure`: transient when Kafka
 * stays away, or a transaction stays open.
 */
import { count } from '../domain/words/count.ts';
import type { EmittedValues, EventType, InputLog } from '../processor/ports.ts';
import type { KafkaClient } from './client.ts';
import { createClusterConnection } from './cluster-connection.ts';
import { fetchCommittedOffset } from './committed-offset.ts';
import { sourceOfDeadLetter } from './dead-letters.ts';
import { describeHolder, fetchHeldBack, type HeldBack } from './held-back.ts';
import type { TopicPartition } from './log-record.ts';
import { findLastSource, readSources, type SourceOf } from './emitted-records.ts';
import { fetchLogIdentity } from './log-identity.ts';
import type { Cluster } from './kafkajs-internals.ts';
import { createPartitionReader } from './partition-reader.ts';
import { byLeader, fetchBounds, findLeaderless, keyOf } from './partition-offsets.ts';
import { partitionOf } from './partitioner.ts';
import { sourceOfEvent, type SourcePosition } from './source-position.ts';
import { EVENT_TYPES, OUTPUT_ROLES, topicOfEvent, type TopicNames } from './topic-names.ts';

export type InputLogDeps = {
  readonly client: Pick<KafkaClient, 'cluster'>;
  readonly groupId: string;
  readonly names: TopicNames;
};

export type PartitionProgress = {
  readonly partition: number;
  /** Where the group goes on. */
  readonly next: number;
  /** One past the last record that can be read by now. */
  readonly end: number;
};

/** How far a partition's records reach, and whether all of them can be read. */
export type PartitionContent = {
  readonly partition: number;
  /** One past the last record, whether it can be read or not; null without a leader. */
  readonly high: number | null;
  readonly hindrance: Hindrance | null;
};

/** Why records of a partition cannot be read. */
export type Hindrance = {
  readonly code: 'INPUT_LEADERLESS' | 'INPUT_HELD_BACK';
  /** Says what keeps the records from being read, since when, and what ends it. */
  readonly message: string;
  /** The first offset that cannot be read. */
  readonly from: number | null;
  /** How many records are known to wait. */
  readonly records: number;
  /** Milliseconds; null: not known. */
  readonly since: number | null;
};

export const createInputLog = ({
  client,
  groupId,
  names,
}: InputLogDeps): InputLog & {
  /** How far the group and the log are, asked of the brokers, whatever the consumer does. */
  progress(partitions: readonly number[]): Promise<readonly PartitionProgress[]>;
  /** How far the partitions' records reach, and what keeps them from being read. */
  contents(partitions: readonly number[]): Promise<readonly PartitionContent[]>;
  /** Never rejects. */
  close(): Promise<void>;
} => {
  const connection = createClusterConnection(client);
  const reader = createPartitionReader(client, connection);
  const input = names.requested;
  let inputPartitions = 1;

  const ownSource =
    (partition: number, sourceIn: (headers: Parameters<SourceOf>[0]) => SourcePosition | null): SourceOf =>
    (headers) => {
      const source = sourceIn(headers);
      return source !== null && source.topic === input && source.partition === partition
        ? source.offset
        : null;
    };

  const fetchInputBounds = async (cluster: Cluster, partitions: readonly number[]) => {
    const all = partitions.map((partition) => ({ topic: input, partition }));
    const leaderless = await findLeaderless(cluster, all);
    const led = all.filter((it) => !leaderless.includes(it));
    return { bounds: await fetchBounds(cluster, led), leaderless };
  };

  return {
    identity: (partition) =>
      connection.run(`asking which topics stand behind ${input} and its outputs`, async (cluster) => {
        // Ask the leader: it serves no fetch of a topic that it does not know yet, while another broker may lag behind.
        const [leader] = await byLeader(cluster, [{ topic: input, partition }]);
        return fetchLogIdentity(leader?.broker ?? (await cluster.brokerPool.findConnectedBroker()), names);
      }),

    committedOffset: (partition) =>
      connection.run(`asking for the offset of ${groupId} in ${input}/${String(partition)}`, (cluster) =>
        fetchCommittedOffset(cluster, groupId, { topic: input, partition }),
      ),

    bounds: async (partition) => {
      const [bounds] = await reader.bounds([{ topic: input, partition }]);
      return { low: bounds?.low ?? 0, high: bounds?.high ?? 0 };
    },

    lastEmittedSource: async (partition) => {
      const ofEvents = ownSource(partition, sourceOfEvent);
      const ofDeadLetters = ownSource(partition, sourceOfDeadLetter);
      const last = await Promise.all([
        findLastSource(reader, { topic: names.closed, partition }, ofEvents),
        // The two events of a run are emitted together, but one of the topics may have lost its event since.
        findLastSource(reader, { topic: names.summary, partition }, ofEvents),
        findLastSource(reader, { topic: names.rejected, partition }, ofEvents),
        findLastSource(reader, { topic: names.deadLetters, partition }, ofDeadLetters),
      ]);
      const found = last.filter((source) => source !== null);
      return found.length === 0 ? null : Math.max(...found);
    },

    deadLettered: async (partition, first, end) => {
      const offsets = new Set<number>();
      const letters = { topic: names.deadLetters, partition };
      for await (const { source } of readSources(
        reader,
        letters,
        ownSource(partition, sourceOfDeadLetter),
        first,
        end,
      ))
        offsets.add(source);
      return offsets;
    },

    emittedEvents: async (partition, first, end) => {
      const events = new Map<number, EmittedValues>();
      const collect = async (type: EventType): Promise<void> => {
        const output = { topic: topicOfEvent(names, type), partition };
        for await (const { source, record } of readSources(
          reader,
          output,
          ownSource(partition, sourceOfEvent),
          first,
          end,
        )) {
          if (record.value !== null) events.set(source, { ...events.get(source), [type]: record.value });
        }
      };
      await Promise.all(EVENT_TYPES.map(collect));
      return events;
    },

    partitionOf: (key) => partitionOf(key, inputPartitions),

    missingOutputs: async (partition) => {
      const outputs = OUTPUT_ROLES.map((role) => names[role]);
      const counts = await reader.partitionCounts([input, ...outputs]);
      inputPartitions = Math.max(1, counts.get(input) ?? 1);
      return outputs
        .map((topic) => ({ topic, partitions: counts.get(topic) ?? 0 }))
        .filter(({ partitions }) => partitions <= partition);
    },

    progress: (partitions) =>
      connection.run(`asking how far ${groupId} is in ${input}`, async (cluster) => {
        await cluster.findGroupCoordinator({ groupId });
        const { bounds, leaderless } = await fetchInputBounds(cluster, partitions);
        const led = await Promise.all(
          bounds.map(async ({ topic, partition, low, stable }) => {
            const committed = await fetchCommittedOffset(cluster, groupId, { topic, partition });
            // What lies below the log's first offset cannot be read any more: that is a gap, not something to read.
            return { partition, next: Math.max(committed ?? low, low), end: stable };
          }),
        );
        return [...led, ...leaderless.map(({ partition }) => ({ partition, next: 0, end: 0 }))];
      }),

    contents: (partitions) =>
      connection.run(`asking what lies in ${input}`, async (cluster) => {
        const { bounds, leaderless } = await fetchInputBounds(cluster, partitions);
        const heldBack = await fetchHeldBack(cluster, bounds);
        const led = bounds.map(({ high, ...it }): PartitionContent => {
          const held = heldBack.get(keyOf(it));
          return {
            partition: it.partition,
            high,
            hindrance: held === undefined ? null : hindranceOf(held, keyOf(it)),
          };
        });
        return [...led, ...leaderless.map(withoutLeader)];
      }),

    close: () => connection.close(),
  };
};

const hindranceOf = (held: HeldBack, where: string): Hindrance => ({
  code: 'INPUT_HELD_BACK',
  message:
    `${where}: ${count(held.records, 'offset')} from ${String(held.from)} on ${held.records === 1 ? 'is' : 'are'} held back by ${describeHolder(held)}: ` +
    "its producer has to commit or abort it, or the broker aborts it after the producer's own timeout",
  from: held.from,
  records: held.records,
  since: held.transactions[0]?.since ?? null,
});

const withoutLeader = (it: TopicPartition): PartitionContent => ({
  partition: it.partition,
  high: null,
  hindrance: {
    code: 'INPUT_LEADERLESS',
    message: `${keyOf(it)}: no broker leads it, so it waits: start a broker that has a copy of it`,
    from: null,
    records: 0,
    since: null,
  },
});
