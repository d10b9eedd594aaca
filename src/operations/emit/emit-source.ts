/** Reads events from their topics, or from a file of `replay export --with-events`. */
import { openHistoryFile } from '../../avro/history-file.ts';
import { loadSchemas } from '../../avro/schema-files.ts';
import { topicOfEvent, type TopicNames } from '../../kafka/names/topic-names.ts';
import type { GroupOffsets } from '../../kafka/read/group-offsets.ts';
import type { PartitionReader } from '../../kafka/read/partition-reader.ts';
import type { EncodedRecord } from '../../kafka/records/log-record.ts';
import { Failure, wrongUse } from '../../processor/failure.ts';
import type { HistoryFacts } from '../../replay/history.ts';
import type { Work } from '../work.ts';
import { resolveRanges } from '../history/range.ts';
import type { Places } from './emit-places.ts';
import type { EventType } from '../../wire/event-types.ts';
import { createTodaysIds, type SchemaIdOf } from './todays-schema-ids.ts';

/** A range of one partition of an event topic. */
export type EventLane = {
  readonly type: EventType;
  readonly topic: string;
  readonly partition: number;
  /** How many partitions the topic has. */
  readonly partitions: number;
  readonly from: number;
  /** Exclusive. */
  readonly to: number;
};

export type EventSource = {
  readonly kind: 'topic' | 'file';
  readonly lanes: readonly EventLane[];
  /** The facts of the file; null: the source is the topics of this cluster. */
  readonly facts: HistoryFacts | null;
  /** Yields portions of events, in order within each lane. `starts`: by lane, the offset to start at instead of `from`; files ignore it. */
  events(starts?: readonly number[]): AsyncIterable<readonly SourceEvent[]>;
};

export type SourceEvent = { readonly type: EventType; readonly record: EncodedRecord };

export type TopicSourceDeps = {
  readonly reader: PartitionReader;
  readonly offsets: GroupOffsets;
  readonly names: TopicNames;
  readonly prefix: string;
};

export const openEventTopics = async (
  { reader, offsets, names, prefix }: TopicSourceDeps,
  types: readonly EventType[],
  { from, to }: Places,
): Promise<EventSource> => {
  const topics = types.map((type) => topicOfEvent(names, type));
  const counts = await reader.partitionCounts(topics);
  const missing = topics.find((topic) => (counts.get(topic) ?? 0) === 0);
  if (missing !== undefined)
    throw new Failure(
      'fatal',
      'KAFKA_TOPIC_MISSING',
      `there is no topic ${missing} to read events from: check TOPIC_PREFIX, which is ${prefix === '' ? 'empty' : `"${prefix}"`}, or run \`runclose setup\``,
    );
  const perType = await Promise.all(
    types.map(async (type) => {
      const topic = topicOfEvent(names, type);
      const ranges = await resolveRanges({ reader, offsets, topic }, from, to);
      return ranges.map((range): EventLane => ({
        type,
        topic,
        partition: range.partition,
        partitions: ranges.length,
        from: range.from,
        to: range.to,
      }));
    }),
  );
  const lanes = perType.flat();
  const typeOf = new Map(lanes.map(({ type, topic }) => [topic, type]));
  return {
    kind: 'topic',
    lanes,
    facts: null,
    async *events(starts = lanes.map((lane) => lane.from)) {
      const ranges = lanes.map(({ topic, partition, to: end }, index) => ({
        topic,
        partition,
        from: starts[index] ?? 0,
        to: end,
      }));
      for await (const records of reader.readEncoded(ranges)) {
        const type = typeOf.get(records[0]?.topic ?? '');
        if (type !== undefined) yield records.map((record) => ({ type, record }));
      }
    },
  };
};

/**
 * @param idOf finds the id that a schema has in today's registry, because a file may meet a registry with other ids than at the export
 */
export const openEventFile = async (
  work: Work,
  path: string,
  types: readonly EventType[],
  idOf: SchemaIdOf,
): Promise<EventSource> => {
  const open = async () => {
    const opened = await openHistoryFile(path, loadSchemas());
    work.onClose(() => opened.close());
    return opened;
  };
  const { facts } = await open();
  if (!facts.withEvents)
    throw wrongUse(`${path} has commands only: export it with \`runclose replay export --with-events\``);
  if (facts.pseudonymised)
    throw wrongUse(`${path} is pseudonymised, so its people are made up: export without --pseudonymise`);
  const partitions = facts.ranges.length;
  return {
    kind: 'file',
    facts,
    lanes: types.flatMap((type) =>
      facts.ranges.map(({ partition, from, to }): EventLane => ({
        type,
        topic: facts.outputTopics[type],
        partition,
        partitions,
        from,
        to,
      })),
    ),
    async *events() {
      // Each call reads the file from its start.
      const file = await open();
      const inToday = createTodaysIds(file, idOf);
      for await (const steps of file.steps()) {
        const events = steps
          .flatMap((step) => (step.kind === 'command' ? step.emitted : []))
          .flatMap(({ kind, record }) =>
            kind !== 'dead-letter' && types.includes(kind) ? [{ type: kind, record }] : [],
          );
        yield await Promise.all(events.map(inToday));
      }
    },
  };
};
