import type { ClusterConnection } from '../client/cluster-connection.ts';
import type { LogRecord } from '../records/log-record.ts';
import { openPartitionStreams, type StreamRange } from './partition-streams.ts';

/**
 * Merges partitions of a topic by the time of their records, and keeps the order within each partition. So the records of a channel that
 * moved to another partition come in the order in which they were written. Memory is bounded. Rejects with a `Failure`, as
 * `PartitionReader` does.
 */
export async function* readMerged(
  connection: ClusterConnection,
  ranges: readonly StreamRange[],
): AsyncGenerator<LogRecord, void, undefined> {
  const { streams, fill } = openPartitionStreams(connection, ranges, 'skip');
  for (;;) {
    while (streams.some((stream) => stream.head() === undefined)) await fill();
    let earliest: { readonly record: LogRecord; readonly advance: () => void } | null = null;
    for (const stream of streams) {
      const record = stream.head();
      if (record == null) continue;
      if (earliest === null || record.timestamp < earliest.record.timestamp)
        earliest = { record, advance: () => stream.advance() };
    }
    if (earliest === null) return;
    earliest.advance();
    yield earliest.record;
  }
}
