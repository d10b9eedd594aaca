import type { RunCloseRequested } from '../../domain/records.ts';
import type { CommandKey } from '../../processor/ports/decision-store.ts';
import { listSkipped } from '../../postgres/skipped-records.ts';
import type { SkippedRecord } from '../../processor/ports/decision-store.ts';
import { recordHash } from '../../processor/skipped-records.ts';
import type { Position } from '../../wire/position.ts';
import type { ExplanationDeps } from './explanation.ts';

export type SkippedCommand = Pick<SkippedRecord, 'by' | 'at'> & {
  readonly source: Position;
  readonly command: RunCloseRequested;
};

/** Reads the skipped records themselves, if the topic still has them: their dead letters have no content and do not name the command. */
export const findSkippedCommands = async (
  { pool, reader, read, names }: Pick<ExplanationDeps, 'pool' | 'reader' | 'read' | 'names'>,
  { channelId, commandId }: CommandKey,
): Promise<readonly SkippedCommand[]> => {
  const topic = names.requested;
  const partitions = (await reader.partitionCounts([topic])).get(topic) ?? 0;
  const found: SkippedCommand[] = [];
  for (const skipped of await listSkipped(pool, topic)) {
    const { partition, offset, by, at } = skipped;
    if (partition >= partitions) continue;
    const [bounds] = await reader.bounds([{ topic, partition }]);
    if (bounds === undefined || offset < bounds.low || offset >= bounds.stable) continue;
    for await (const record of reader.read([{ topic, partition, from: offset, to: offset + 1 }])) {
      if (!recordHash(record).equals(skipped.recordHash)) continue;
      const reading = await read('run.close.requested', record.value);
      if (reading.kind !== 'run.close.requested') continue;
      const { value: command } = reading;
      if (command.channelId === channelId && command.commandId === commandId)
        found.push({ source: { topic, partition, offset }, command, by, at });
    }
  }
  return found;
};
