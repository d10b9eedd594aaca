import type { ClusterConnection } from '../client/cluster-connection.ts';
import type { LogRecord } from '../records/log-record.ts';
import { createPartitionStreams, inOrderOfTime, type StreamRange } from './partition-streams.ts';

/**
 * Merges partitions of a topic by the time of their records, and keeps the order within each partition. So the records of a channel that
 * moved to another partition come in the order in which they were written. Memory is bounded. Rejects with a `Failure`, as
 * `PartitionReader` does.
 */
export async function* readMerged(
  connection: ClusterConnection,
  ranges: readonly StreamRange[],
): AsyncGenerator<LogRecord, void, undefined> {
  const partitions = createPartitionStreams(connection, 'skip');
  const opened = ranges.map((range) => ({ stream: partitions.open(range) }));
  for await (const { record } of inOrderOfTime(opened)) yield record;
}
