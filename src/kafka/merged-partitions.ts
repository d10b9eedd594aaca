import type { ClusterConnection } from './cluster-connection.ts';
import type { LogRecord } from './log-record.ts';
import { openPartitionStreams, type StreamRange } from './partition-streams.ts';

/**
 * Partitions of a topic merged by the time of their records, each in its own order: so a channel that was moved to another
 * partition comes in the order in which it was written. Bounded memory; rejects with a `Failure` as `PartitionReader` does.
 */
export async function* readMerged(
  connection: ClusterConnection,
  ranges: readonly StreamRange[],
): AsyncGenerator<LogRecord, void, undefined> {
  const { streams, fill } = openPartitionStreams(connection, ranges, 'are passed over');
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
