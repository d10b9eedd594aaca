/**
 * Judges whether the process stands still though nothing explains it. Pure: what was seen goes in with the time that it was seen
 * for, so that a process which was frozen itself is not blamed for the time that it could not see.
 */
import type { Dependency } from '../processor/ports/breakers.ts';
import type { ConsumerState } from './consumer-state.ts';

/** What one look at the process has shown. */
export type Sighting = {
  readonly consumer: ConsumerState;
  /** When the Kafka client last did or tried anything. */
  readonly lastSignOfLife: number;
  /** Of the partitions that this process has, asked of the brokers; null where they do not answer, which explains everything. */
  readonly partitions: readonly PartitionSighting[] | null;
  readonly openDependencies: readonly Dependency[];
};

export type PartitionSighting = {
  readonly partition: number;
  /** Where it is; changes with every batch. */
  readonly position: number;
  /** How much could be read beyond it. */
  readonly lag: number;
  /** What it is known to wait for: an alarm, or a failure that is tried again. */
  readonly waitsFor: string | null;
};

/** Something that has not moved since it was first seen so, without a reason. */
export type Standstill = {
  readonly subject: 'membership' | 'client' | `partition ${number}`;
  /** Where it stands; any other value is progress. */
  readonly at: number;
  readonly ms: number;
};

export type StandstillLimits = {
  /** When the process says so in its health. */
  readonly reportMs: number;
  /** When it ends itself. */
  readonly exitMs: number;
};

/**
 * What stands still now. Whatever has moved, or is explained, begins anew.
 *
 * @param elapsedMs since the look before, as far as it was observed
 */
export const standstillsAfter = (
  before: readonly Standstill[],
  seen: Sighting,
  elapsedMs: number,
): readonly Standstill[] =>
  unexplained(seen).map(({ subject, at }) => {
    const known = before.find((it) => it.subject === subject && it.at === at);
    return { subject, at, ms: known === undefined ? 0 : known.ms + elapsedMs };
  });

type Suspect = Omit<Standstill, 'ms'>;

const unexplained = ({ consumer, lastSignOfLife, partitions, openDependencies }: Sighting): Suspect[] => {
  if (partitions === null || openDependencies.length > 0) return [];
  switch (consumer.kind) {
    case 'stopping':
      return [];
    case 'joining':
      return [{ subject: 'membership', at: 0 }];
    case 'member':
      return [
        { subject: 'client', at: lastSignOfLife },
        ...partitions
          .filter(({ lag, waitsFor }) => lag > 0 && waitsFor === null)
          .map(({ partition, position }): Suspect => ({ subject: `partition ${partition}`, at: position })),
      ];
  }
};

export const describeStandstill = ({ subject, at, ms }: Standstill): string => {
  const time = `${Math.round(ms / 1000)} s`;
  switch (subject) {
    case 'membership':
      return `outside the group for ${time}, though Kafka answers`;
    case 'client':
      return `the Kafka client has been silent for ${time}, though Kafka answers`;
  }
  return `${subject} has stood at ${at} for ${time}, though there is more, and nothing explains it`;
};
