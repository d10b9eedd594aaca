import { closedIn, grouped, placeOf, sourceOf } from '../evidence/events.ts';
import type { OutputRecord } from '../evidence/evidence.ts';
import type { Invariant } from './invariant.ts';

/** A channel's events are in the order and in the partition of their commands, and `sequence` has no gap. */
export const order: Invariant = {
  id: 'I6',
  title: 'order',
  violations: ({ outputs, closedBefore }) => {
    const lanes = grouped(outputs, ({ role, partition, key }) => `${role} ${partition} ${String(key)}`);
    return [
      ...outputs.flatMap(outOfPartition),
      ...[...lanes.values()].flatMap(outOfOrder),
      ...[...grouped(outputs.filter(isClosed), (record) => closedIn(record).channelId)].flatMap(
        ([channel, records]) => gaps(channel, records, closedBefore.get(channel) ?? 0),
      ),
    ];
  },
};

const isClosed = ({ role }: OutputRecord): boolean => role === 'closed';

const outOfPartition = (record: OutputRecord): string[] => {
  const source = sourceOf(record);
  return source === null || source.startsWith(`${record.partition}/`)
    ? []
    : [`${placeOf(record)} came from another partition: input ${source}`];
};

const outOfOrder = (lane: readonly OutputRecord[]): string[] => {
  const violations: string[] = [];
  let before = -1;
  for (const record of lane.toSorted((a, b) => a.offset - b.offset)) {
    const at = Number(sourceOf(record)?.split('/')[1]);
    if (at < before)
      violations.push(`${placeOf(record)}, of input offset ${at}, stands behind that of ${before}`);
    before = Math.max(before, at);
  }
  return violations;
};

const gaps = (channel: string, records: readonly OutputRecord[], before: number): string[] => {
  const inOrder = records.toSorted((a, b) => a.partition - b.partition || a.offset - b.offset);
  const sequences = inOrder.map((record) => closedIn(record).sequence);
  const wrong = sequences.findIndex((sequence, index) => sequence !== before + index + 1);
  const record = inOrder[wrong];
  return record === undefined
    ? []
    : [
        `${placeOf(record)} in ${channel} has sequence ${String(sequences[wrong])}, not ${before + wrong + 1}`,
      ];
};
