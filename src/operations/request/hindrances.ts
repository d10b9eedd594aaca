import { heldBackText } from '../../kafka/read/held-back.ts';
import type { PartitionReader } from '../../kafka/read/partition-reader.ts';
import { keyOf } from '../../kafka/topics/partition-offsets.ts';
import type { Published } from './command-outcomes.ts';

/** Says why no processor can read these commands yet, one line a partition. Empty if the brokers show no reason, or do not answer. */
export const findHindrances = async (
  reader: Pick<PartitionReader, 'leaderless' | 'bounds' | 'heldBack'>,
  commands: readonly Published[],
): Promise<readonly string[]> => {
  const wanted = new Map(commands.map(({ position }) => [keyOf(position), position]));
  const partitions = [...wanted.values()].map(({ topic, partition }) => ({ topic, partition }));
  try {
    const leaderless = (await reader.leaderless(partitions)).map(keyOf);
    const bounds = await reader.bounds(
      partitions.filter((partition) => !leaderless.includes(keyOf(partition))),
    );
    const held = await reader.heldBack(
      bounds.filter((partition) => commands.some(({ position }) => isBehind(position, partition))),
    );
    return [
      ...leaderless.map((where) => `No broker leads ${where}: start a broker that has a copy of it.`),
      ...[...held].map(([where, heldBack]) => `${heldBackText(where, heldBack)}.`),
    ];
  } catch {
    return [];
  }
};

const isBehind = (
  position: Published['position'],
  { topic, partition, stable }: { topic: string; partition: number; stable: number },
): boolean => position.topic === topic && position.partition === partition && position.offset >= stable;
