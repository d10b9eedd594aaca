import { createBoundsCheck } from './bounds-check.ts';
import type { ContainerBlock } from './container-blocks.ts';
import { type HistoryEntry, historyType } from './history-schema.ts';
import { readLong } from './long.ts';

export type EntryReader = {
  /** A block's entries, without the commands of partitions that are not wanted. Throws for what is damaged. */
  read(block: ContainerBlock): readonly HistoryEntry[];
  /** Whether the last entry has been read. */
  hasEnded(): boolean;
};

/** Places of the union's branches. */
const COMMAND = 3;
const END = 5;

export const createEntryReader = (isWanted: (partition: number) => boolean): EntryReader => {
  const type = historyType();
  const check = createBoundsCheck(type);
  let ended = false;
  return {
    read: ({ count, values }) => {
      const entries: HistoryEntry[] = [];
      let at = 0;
      for (let n = 0; n < count; n += 1) {
        const end = check.end(values, at);
        const cursor = { buf: values, pos: at };
        const branch = readLong(cursor);
        // The partition is a command's first field.
        if (branch !== COMMAND || isWanted(readLong(cursor)))
          entries.push(type.decode(values, at).value as HistoryEntry);
        if (branch === END) ended = true;
        at = end;
      }
      if (at !== values.length) throw new Error('a block of it is damaged');
      return entries;
    },
    hasEnded: () => ended,
  };
};
