import type { CommandStep, History, HistoryRange, HistoryStep } from '../history.ts';

/**
 * The same history, limited to these ranges of its partitions. Resuming in the middle of a file reads the file again from the start. If
 * no command of a portion lies in the ranges, the former run handled the whole portion, records without a command included.
 */
export const withinRanges = (history: History, ranges: readonly HistoryRange[]): History => {
  const byPartition = new Map(ranges.map((range) => [range.partition, range]));
  const isWithin = ({ record: { partition, offset } }: CommandStep): boolean => {
    const range = byPartition.get(partition);
    return range !== undefined && offset >= range.from && offset < range.to;
  };
  return {
    ...history,
    facts: { ...history.facts, ranges },
    async *steps() {
      for await (const steps of history.steps()) {
        const kept = steps.filter((step) => !isCommand(step) || isWithin(step));
        if (kept.some(isCommand) || !steps.some(isCommand)) yield kept;
      }
    },
  };
};

const isCommand = (step: HistoryStep): step is CommandStep => step.kind === 'command';
