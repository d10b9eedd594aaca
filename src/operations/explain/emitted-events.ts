import { readSources } from '../../kafka/read/emitted-sources.ts';
import type { LogRecord } from '../../kafka/records/log-record.ts';
import type { PartitionReader } from '../../kafka/read/partition-reader.ts';
import { sourceOfEvent } from '../../kafka/records/source-position.ts';
import type { Position } from '../../wire/position.ts';
import { type TopicNames, topicOfEvent } from '../../kafka/names/topic-names.ts';
import type { EventType } from '../../wire/event-types.ts';

/** Finds the events of a command that the output topics still hold, by the position of the command's record. */
export const findEmitted = async (
  reader: PartitionReader,
  names: TopicNames,
  { topic, partition, offset }: Position,
  types: readonly EventType[],
): Promise<readonly LogRecord[]> => {
  const sourceOf = (headers: LogRecord['headers']): number | null => {
    const source = sourceOfEvent(headers);
    return source?.topic === topic && source.partition === partition ? source.offset : null;
  };
  const found: LogRecord[] = [];
  for (const type of types) {
    const output = { topic: topicOfEvent(names, type), partition };
    const emitted = readSources({ reader, output, sourceOf }, { first: offset, end: offset + 1 });
    for await (const { record } of emitted) found.push(record);
  }
  return found;
};
