import type { HistoryFacts, HistoryStep } from '../replay/history.ts';
import { createBoundsCheck } from './bounds-check.ts';
import type { ContainerBlock } from './container-blocks.ts';
import { type HistoryEntry, historyType } from './history-schema.ts';
import { readLong } from './long.ts';
import { createStoredRecords } from './stored-records.ts';

/** The entries of a block, in the order of the file. */
export type BlockEntries = {
  readonly steps: readonly HistoryStep[];
  readonly others: readonly OtherEntry[];
};

type OtherEntry = Omit<
  HistoryEntry,
  'runclose.history.Command' | 'runclose.history.Stray' | 'runclose.history.End'
>;

export type EntryReader = {
  /** Returns a block's entries, without the steps of unwanted partitions. Throws if the block is damaged. */
  read(block: ContainerBlock): BlockEntries;
  /** True if the last entry has been read. */
  hasEnded(): boolean;
};

/** The largest entry that is not a step: a ledger of half a million people. Decoded, an entry takes ten times as much memory. */
const MAX_OTHER_BYTES = 16 * 1024 * 1024;
/** The indexes of the union's branches. */
const COMMAND = 3;
const STRAY = 4;
const END = 5;

export const createEntryReader = (
  facts: Pick<HistoryFacts, 'topic' | 'outputTopics'>,
  isWanted: (partition: number) => boolean,
): EntryReader => {
  const type = historyType();
  const check = createBoundsCheck(type);
  const records = createStoredRecords(facts);
  let ended = false;
  return {
    read: ({ count, values }) => {
      const steps: HistoryStep[] = [];
      const others: OtherEntry[] = [];
      const cursor = { buf: values, pos: 0 };
      for (let n = 0; n < count; n += 1) {
        const start = cursor.pos;
        const branch = readLong(cursor);
        if (branch === COMMAND) {
          // The partition is a command's first field.
          const first = cursor.pos;
          const partition = readLong(cursor);
          cursor.pos = first;
          if (isWanted(partition)) steps.push(records.command(cursor));
          else records.skipCommand(cursor);
        } else if (branch === STRAY) {
          const stray = records.stray(cursor);
          if (isWanted(stray.emitted.record.partition)) steps.push(stray);
        } else {
          cursor.pos = check.end(values, start);
          if (cursor.pos - start > MAX_OTHER_BYTES) throw new Error('an entry is too large');
          if (branch === END) ended = true;
          else others.push(type.decode(values, start).value as OtherEntry);
        }
      }
      if (cursor.pos !== values.length) throw new Error('a block is damaged');
      return { steps, others };
    },
    hasEnded: () => ended,
  };
};
