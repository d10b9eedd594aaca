import { count } from '../../../domain/words/count.ts';
import type { LogRecord } from '../../../kafka/records/log-record.ts';
import { keyOf } from '../../../kafka/topics/partition-offsets.ts';
import { partitionOf } from '../../../wire/partitioner.ts';
import { type Finding, found, ok } from '../findings.ts';

type Recent = Pick<LogRecord, 'topic' | 'partition' | 'offset' | 'key' | 'timestamp'>;

/** Older commands say nothing about the publishers of today. */
const RECENT_MS = 60 * 60 * 1_000;

/**
 * Compares the partition of each channel's newest command with the partition that murmur2 chooses. Older commands do not count: once the
 * publisher is mended, the next command of the channel ends the fault.
 */
export const checkPartitioners = async (
  commands: AsyncIterable<Recent> | Iterable<Recent>,
  partitions: number,
  now: number,
): Promise<readonly Finding[]> => {
  const newest = new Map<string, Recent>();
  for await (const command of commands) {
    if (command.key === null || command.timestamp < now - RECENT_MS) continue;
    const channel = command.key.toString('base64');
    const other = newest.get(channel);
    if (other === undefined || other.timestamp <= command.timestamp) newest.set(channel, command);
  }
  const misplaced = [...newest.values()].filter(
    ({ key, partition }) => key !== null && partitionOf(key, partitions) !== partition,
  );
  const [first] = misplaced;
  if (first === undefined)
    return [
      ok(
        'partitioners',
        newest.size === 0
          ? 'no channel has published in the last hour'
          : `the newest commands of ${count(newest.size, 'channel')} are in the right partitions`,
      ),
    ];
  return [
    found(
      'partitioners',
      'misplaced-commands',
      `the newest commands of ${count(misplaced.length, 'channel')} are not in the partition that murmur2 chooses, such as ${keyOf(first)}@${String(first.offset)}`,
      {
        advice:
          "find the publisher of that command, and let it partition by murmur2. With librdkafka (Python, Go, .NET), set partitioner=murmur2_random; Java's and kafkajs's default is right. " +
          'The fault ends with the next command of each channel. If partitions were added, older commands count for an hour',
      },
    ),
  ];
};
