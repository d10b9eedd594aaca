import { readSources } from '../../kafka/emitted-sources.ts';
import type { LogRecord } from '../../kafka/log-record.ts';
import type { PartitionReader } from '../../kafka/partition-reader.ts';
import { sourceOfEvent } from '../../kafka/source-position.ts';
import type { Position } from '../../wire/position.ts';
import { type TopicNames, topicOfEvent } from '../../kafka/topic-names.ts';
import type { EventType } from '../../wire/event-types.ts';

/** The events that a command's record led to, as far as they stand in the output topics. */
export const findEmitted = async (
  reader: PartitionReader,
  names: TopicNames,
  { topic, partition, offset }: Position,
  types: readonly EventType[],
): Promise<readonly LogRecord[]> => {
  const found: LogRecord[] = [];
  for (const type of types) {
    const output = { topic: topicOfEvent(names, type), partition };
    const emitted = readSources(
      reader,
      output,
      (headers) => {
        const source = sourceOfEvent(headers);
        return source?.topic === topic && source.partition === partition ? source.offset : null;
      },
      offset,
      offset + 1,
    );
    for await (const { record } of emitted) found.push(record);
  }
  return found;
};
