/** Skips one record whose dead letter or rejection cannot be written. */
import { createRecordCodec } from '../../avro/record-codec.ts';
import { RECORD_TOPICS } from '../../avro/schema-files.ts';
import { createSchemaIds } from '../../avro/schema-ids.ts';
import { firstFault } from '../../domain/validate.ts';
import { fetchClusterId } from '../../kafka/client/cluster-id.ts';
import { topicNames } from '../../kafka/names/topic-names.ts';
import { isDecided, skipRecord } from '../../postgres/skipped-records.ts';
import { Failure, wrongUse } from '../../processor/failure.ts';
import type { InputRecord } from '../../processor/ports/input-record.ts';
import type { RecordCodec } from '../../processor/ports/record-codec.ts';
import { recordHash } from '../../processor/skipped-records.ts';
import { type Position, readablePosition } from '../../wire/position.ts';
import { type KafkaTopics, openKafkaTopics } from '../servers/kafka-topics.ts';
import { openDatabase, openRegistry } from '../servers/servers.ts';
import type { Work } from '../work.ts';

/** Rejects if the record must not be skipped. */
export const findSkippable = async (work: Work, position: Position) => {
  const config = work.settings('kafka', 'registry', 'database');
  const { requested } = topicNames(config.topics.prefix);
  if (position.topic !== requested)
    throw wrongUse(
      `the commands are in ${requested}, not in ${position.topic}: give the position as the alarm names it`,
    );
  const pool = await openDatabase(work, config);
  const topics = await openKafkaTopics(work, config);
  const registry = await openRegistry(work, config);
  const schemaIds = createSchemaIds({ ...registry, topics: RECORD_TOPICS });
  const { decode } = createRecordCodec({ ...registry, schemaIds });
  const record = await nextRecord(topics, position);
  const scope = {
    clusterId: await topics.connection.run('asking for the cluster id', fetchClusterId),
    topic: requested,
  };
  if (await isDecided(pool, scope, position))
    throw notSkippable(
      position,
      'its decision is stored, so its events must go out: run `runclose setup`, which raises topic limits that are too low',
    );
  if (await isValidCommand(decode, record))
    throw notSkippable(position, 'it is a valid command, and will be decided');
  return {
    skip: (by: string | null): Promise<void> =>
      skipRecord(pool, scope, {
        partition: position.partition,
        offset: position.offset,
        recordHash: recordHash(record),
        by,
      }),
  };
};

/** Only the next record may be skipped: records before it are done, and records after it may still be decided. */
const nextRecord = async (
  { reader, offsets, groupId }: Pick<KafkaTopics, 'reader' | 'offsets' | 'groupId'>,
  position: Position,
): Promise<InputRecord> => {
  const { topic, partition, offset } = position;
  const partitions = (await reader.partitionCounts([topic])).get(topic) ?? 0;
  if (partition >= partitions)
    throw wrongUse(`there is no partition ${String(partition)}: ${topic} has ${String(partitions)}`);
  const [bounds] = await reader.bounds([{ topic, partition }]);
  const { low = 0, stable = 0 } = bounds ?? {};
  const next = (await offsets.committed(topic, [partition])).get(partition) ?? low;
  if (offset < next)
    throw notSkippable(position, `group ${groupId} has passed it: its next offset is ${String(next)}`);
  if (offset >= stable)
    throw notSkippable(
      position,
      `no record can be read there: ${topic}/${String(partition)} ends at ${String(stable)}`,
    );
  for await (const record of reader.read([{ topic, partition, from: next, to: offset + 1 }])) {
    if (record.offset === offset) return record;
    throw notSkippable(position, `${readablePosition(record)} is next, and is decided first`);
  }
  throw notSkippable(position, 'there is only a transaction marker or a record that was rolled back');
};

const isValidCommand = async (decode: RecordCodec['decode'], record: InputRecord): Promise<boolean> => {
  const [decoded] = await decode([record.value]);
  if (decoded?.kind !== 'command') return false;
  return firstFault(decoded.command, record.key?.toString('utf8') ?? null) === null;
};

const notSkippable = (position: Position, why: string): Failure =>
  new Failure('fatal', 'NOT_SKIPPABLE', `${readablePosition(position)} cannot be skipped: ${why}`);
