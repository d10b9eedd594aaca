import { createReadEmitted } from '../../avro/emitted-events.ts';
import { createRecordCodec } from '../../avro/record-codec.ts';
import { createRecordDecoder } from '../../avro/record-decoder.ts';
import { createRecordReaders } from '../../avro/record-readers.ts';
import { RECORD_TOPICS } from '../../avro/schema-files.ts';
import { createSchemaIds } from '../../avro/schema-ids.ts';
import { fetchWriterSchema, type WriterSchema } from '../../avro/writer-schema.ts';
import type { Config } from '../../config/config.ts';
import { fetchClusterId } from '../../kafka/client/cluster-id.ts';
import { findOutputRanges, type OutputRange } from '../../kafka/read/output-ranges.ts';
import { createTopicHistory, outputTopicsOf, type HistoryEvents } from '../../kafka/read/topic-history.ts';
import type { History, HistoryRange, PolicyVersion } from '../../replay/history.ts';
import type { EventType } from '../../wire/event-types.ts';
import { openKafkaTopics } from '../servers/kafka-topics.ts';
import { openRegistry, type Registry } from '../servers/servers.ts';
import type { Work } from '../work.ts';
import { resolveRanges, type Where } from './range.ts';

export type TopicSource = {
  readonly clusterId: string;
  readonly topic: string;
  /** Resolves the places to offsets, as of now. */
  ranges(from: Where, to: Where): Promise<readonly HistoryRange[]>;
  /** Resolves with the ranges of the output topics that hold the events of these ranges. */
  outputRanges(ranges: readonly HistoryRange[]): Promise<readonly OutputRange[]>;
  history(
    ranges: readonly HistoryRange[],
    events: HistoryEvents,
    policies: readonly PolicyVersion[],
  ): History;
  writerSchema(id: number): Promise<WriterSchema | null>;
};

/** Opens the topics of this installation as a history. Reads without joining the group. */
export const openTopicSource = async (
  work: Work,
  config: Config<'kafka' | 'registry'>,
): Promise<TopicSource> => {
  const { connection, reader, offsets, groupId, names } = await openKafkaTopics(work, config);
  const registry = await openRegistry(work, config);
  // Share the decoders between all histories, because they cache schemas.
  const decoding = reading(registry);
  const clusterId = await connection.run('asking for the cluster id', fetchClusterId);

  return {
    clusterId,
    topic: names.requested,
    ranges: (from, to) => resolveRanges({ reader, offsets, topic: names.requested }, from, to),
    outputRanges: (ranges) => findOutputRanges(reader, names.requested, outputTopicsOf(names), ranges),
    history: (ranges, events, policies) => ({
      facts: {
        topic: names.requested,
        outputTopics: outputTopicsOf(names),
        groupId,
        clusterId,
        ranges,
        withEvents: events !== 'commands-only',
        pseudonymised: false,
      },
      policies,
      ...createTopicHistory({ connection, reader, names, ranges, events }),
      ...decoding,
    }),
    writerSchema: (id) => fetchWriterSchema(registry.registry, id),
  };
};

const reading = (deps: Registry): Pick<History, 'decode' | 'readEvent' | 'readEmitted'> => {
  const schemaIds = createSchemaIds({ ...deps, topics: RECORD_TOPICS });
  const codec = createRecordCodec({ ...deps, schemaIds });
  const decoderOf = (type: EventType) =>
    createRecordDecoder<object>(
      createRecordReaders({
        registry: deps.registry,
        ownSchemas: schemaIds,
        readerType: deps.schemas[type].type,
      }),
    );
  const decoders = {
    'run.closed': decoderOf('run.closed'),
    'run.summary': decoderOf('run.summary'),
    'run.close.rejected': decoderOf('run.close.rejected'),
  };
  return {
    decode: (values) => codec.decode(values),
    readEvent: async (type, value) => {
      const [result] = await decoders[type]([value]);
      return result?.kind === 'value' ? result.value : null;
    },
    readEmitted: createReadEmitted(deps.schemas, (id) => fetchWriterSchema(deps.registry, id)),
  };
};
