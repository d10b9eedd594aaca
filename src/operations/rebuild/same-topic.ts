import { readablePosition } from '../../wire/position.ts';
import type { History, HistoryRange, HistoryRecord } from '../../replay/history.ts';
import type { TopicSource } from '../history/topic-source.ts';

/**
 * Wraps a history, to check that the file comes from this topic. Compares one record of each partition: the first command that both hold.
 * The names of topic, cluster and group prove nothing, because a topic that was deleted and created again keeps all three.
 *
 * @param refuse is called with the first position at which the topic holds another record
 */
export const requireSameTopic = (
  history: History,
  source: TopicSource,
  heldRanges: readonly HistoryRange[],
  refuse: (place: string) => Promise<never>,
): History => {
  const uncheckedFrom = new Map(heldRanges.map(({ partition, from }) => [partition, from]));
  return {
    ...history,
    async *steps() {
      for await (const steps of history.steps()) {
        for (const step of steps) {
          if (step.kind !== 'command') continue;
          const { topic, partition, offset } = step.record;
          if (offset < (uncheckedFrom.get(partition) ?? Infinity)) continue;
          uncheckedFrom.delete(partition);
          if (!isSame(step.record, await recordAt(source, partition, offset)))
            await refuse(readablePosition({ topic, partition, offset }));
        }
        yield steps;
      }
    },
  };
};

const recordAt = async (
  source: TopicSource,
  partition: number,
  offset: number,
): Promise<HistoryRecord | null> => {
  const range = { partition, from: offset, to: offset + 1, complete: offset === 0 };
  for await (const steps of source.history([range], 'commands-only', []).steps())
    for (const step of steps) if (step.kind === 'command') return step.record;
  return null;
};

const isSame = (one: HistoryRecord, other: HistoryRecord | null): boolean =>
  other !== null &&
  one.timestamp === other.timestamp &&
  areSame(one.key, other.key) &&
  areSame(one.value, other.value);

const areSame = (one: Buffer | null, other: Buffer | null): boolean =>
  one === null || other === null ? one === other : one.equals(other);
