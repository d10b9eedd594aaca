import type { History, HistoryStep } from './history.ts';

/**
 * The same history, from these positions of its partitions. The positions must be in the history's ranges. A stray stands before the command
 * with which it was found, and is left out together with it.
 */
export const fromPositions = (history: History, positions: ReadonlyMap<number, number>): History => {
  const firstOffset = (partition: number): number => positions.get(partition) ?? 0;
  return {
    ...history,
    facts: {
      ...history.facts,
      ranges: history.facts.ranges.map((range) => ({ ...range, from: firstOffset(range.partition) })),
    },
    async *steps(from) {
      const reached = new Set<number>();
      /** By partition: strays that wait until it is known whether their command is kept. */
      const strays = new Map<number, HistoryStep[]>();
      const keepReached = (step: HistoryStep): readonly HistoryStep[] => {
        const { partition, offset } = step.kind === 'command' ? step.record : step.emitted.record;
        if (reached.has(partition)) return [step];
        const waiting = strays.get(partition) ?? [];
        if (step.kind === 'stray') {
          waiting.push(step);
          strays.set(partition, waiting);
          return [];
        }
        strays.delete(partition);
        if (offset < firstOffset(partition)) return [];
        reached.add(partition);
        return [...waiting, step];
      };
      for await (const steps of history.steps(from)) {
        const rest = steps.flatMap(keepReached);
        if (rest.length > 0) yield rest;
      }
    },
  };
};
