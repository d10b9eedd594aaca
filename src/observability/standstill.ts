/**
 * Finds out whether the process makes no progress without a known reason. Pure: the caller passes how long it really observed. Time during
 * which the process was suspended does not count.
 */
import type { Dependency } from '../processor/ports/breakers.ts';
import type { ConsumerState } from './consumer-state.ts';

/** What one check of the process has found. */
export type Sighting = {
  readonly consumer: ConsumerState;
  /** When the Kafka client last did or tried something. */
  readonly lastSignOfLife: number;
  /** The partitions of this process, as the brokers report them. Null: the brokers do not answer, which explains any standstill. */
  readonly partitions: readonly PartitionSighting[] | null;
  readonly openDependencies: readonly Dependency[];
};

export type PartitionSighting = {
  readonly partition: number;
  /** The next offset to process. Changes with every batch. */
  readonly position: number;
  /** How many records from `position` on can be read. */
  readonly lag: number;
  /** The code of the known reason to wait, such as an alarm or a failure that is retried; null: none. */
  readonly waitsFor: string | null;
};

/** A part of the process that makes no progress, for no known reason. */
export type Standstill = {
  readonly subject: 'membership' | 'client' | `partition ${number}`;
  /** The value that should change; any other value is progress. */
  readonly at: number;
  readonly ms: number;
};

export type StandstillLimits = {
  /** After this time, the process reports the standstill in its health and its log. */
  readonly reportMs: number;
  /** After this time, the process ends itself. */
  readonly exitMs: number;
};

/**
 * Returns what stands still now. The time starts again when the part makes progress, or when a reason is known.
 *
 * @param elapsedMs how long the process observed since the previous check
 */
export const standstillsAfter = (
  before: readonly Standstill[],
  seen: Sighting,
  elapsedMs: number,
): readonly Standstill[] =>
  unexplained(seen).map(({ subject, at }) => {
    const known = before.find((earlier) => earlier.subject === subject && earlier.at === at);
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
      return `not in the group for ${time}, although Kafka answers`;
    case 'client':
      return `the Kafka client has been silent for ${time}, although Kafka answers`;
  }
  return `${subject} has been at offset ${at} for ${time}, although more records can be read, and no reason is known`;
};
