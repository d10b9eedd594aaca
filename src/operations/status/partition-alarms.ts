import type { InputLog } from '../../processor/ports/input-log.ts';
import { inspect, lookAtEach, type OpenTopics } from '../servers/topics.ts';
import type { PartitionStatus } from './partition-status.ts';

/**
 * Finds out what holds up each partition, in the words of `serve`. First come the reasons why its records or events cannot be read, then
 * the alarm that its owner has raised or that the next owner would raise.
 */
export const partitionAlarms = async (
  topics: OpenTopics,
): Promise<ReadonlyMap<number, PartitionStatus['alarms']>> => {
  const { log, partitions } = topics;
  const contents = new Map(
    (await log.contents(partitions)).map(({ partition, hindrances }) => [partition, hindrances]),
  );
  const hindrancesOf = (partition: number) => contents.get(partition) ?? [];
  const isLed = (partition: number): boolean =>
    hindrancesOf(partition).every(({ code }) => code !== 'INPUT_LEADERLESS' && code !== 'OUTPUT_LEADERLESS');
  const lastSource: InputLog['lastEmittedSource'] = (partition) => log.lastVisibleSource(partition);
  const { found, unread } = await lookAtEach(partitions.filter(isLed), (partition) =>
    inspect(topics, lastSource, partition),
  );
  const raised = new Map(found.map(({ partition, value: { alarm } }) => [partition, alarm]));
  const unknown = new Map(unread.map(({ partition, failure }) => [partition, failure]));
  return new Map(
    partitions.map((partition) => {
      const all = [...hindrancesOf(partition), raised.get(partition), unknown.get(partition)];
      return [
        partition,
        all.flatMap((alarm) => (alarm == null ? [] : [{ code: alarm.code, message: alarm.message }])),
      ] as const;
    }),
  );
};
