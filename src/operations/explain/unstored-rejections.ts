import type { RunCloseRejected } from '../../domain/records.ts';
import type { LogRecord } from '../../kafka/records/log-record.ts';
import { sourceOfEvent } from '../../kafka/records/source-position.ts';
import { CAUSATION_HEADER } from '../../wire/headers.ts';
import type { Position } from '../../wire/position.ts';
import type { CommandKey } from '../../processor/ports/decision-store.ts';
import type { ExplanationDeps } from './explanation.ts';

export type UnstoredRejection = {
  /** The position of the command's record. */
  readonly source: Position;
  readonly record: LogRecord;
  readonly event: RunCloseRejected;
};

/** Finds rejections of invalid commands and of reused ids. They are not stored, so this reads the whole topic of rejections. */
export const findUnstoredRejections = async (
  { reader, read, names: { rejected } }: Pick<ExplanationDeps, 'reader' | 'read' | 'names'>,
  { channelId, commandId }: CommandKey,
): Promise<readonly UnstoredRejection[]> => {
  const count = (await reader.partitionCounts([rejected])).get(rejected) ?? 0;
  const partitions = Array.from({ length: count }, (_, partition) => ({ topic: rejected, partition }));
  const ranges = (await reader.bounds(partitions)).map(({ low, stable, ...partition }) => ({
    ...partition,
    from: low,
    to: stable,
  }));

  const found: UnstoredRejection[] = [];
  for await (const record of reader.read(ranges)) {
    const causation = record.headers.findLast(([name]) => name === CAUSATION_HEADER)?.[1]?.toString('utf8');
    if (causation !== commandId) continue;
    const source = sourceOfEvent(record.headers);
    const reading = await read('run.close.rejected', record.value);
    if (source !== null && reading.kind === 'run.close.rejected' && reading.value.channelId === channelId) {
      found.push({ source, record, event: reading.value });
    }
  }
  return found;
};
