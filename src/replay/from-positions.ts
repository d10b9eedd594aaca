import type { History, HistoryStep } from './history.ts';

/**
 * The same history without what came before these positions of its partitions, which lie in its ranges. Strays stand before the command
 * that they were found with: they are left out with it.
 */
export const fromPositions = (history: History, positions: ReadonlyMap<number, number>): History => {
  const begin = (partition: number): number => positions.get(partition) ?? 0;
  return {
    ...history,
    facts: {
      ...history.facts,
      ranges: history.facts.ranges.map((range) => ({ ...range, from: begin(range.partition) })),
    },
    async *steps(from) {
      const reached = new Set<number>();
      /** By partition, until it is known whether their command is left. */
      const strays = new Map<number, HistoryStep[]>();
      const leave = (step: HistoryStep): readonly HistoryStep[] => {
        const { partition, offset } = step.kind === 'command' ? step.record : step.emitted.record;
        if (reached.has(partition)) return [step];
        const waiting = strays.get(partition) ?? [];
        if (step.kind === 'stray') {
          waiting.push(step);
          strays.set(partition, waiting);
          return [];
        }
        strays.delete(partition);
        if (offset < begin(partition)) return [];
        reached.add(partition);
        return [...waiting, step];
      };
      for await (const steps of history.steps(from)) {
        const left = steps.flatMap(leave);
        if (left.length > 0) yield left;
      }
    },
  };
};
