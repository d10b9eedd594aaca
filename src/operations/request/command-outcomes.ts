/**
 * Finds the outcomes of published commands without a database: events and dead letters name the position of their command. If the group has
 * passed a command and no output names its position, the command is a duplicate.
 */
import { DEAD_LETTER_HEADERS } from '../../wire/headers.ts';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RunClosed, RunCloseRejected, RunCloseRequested } from '../../domain/records.ts';
import { sourceOfDeadLetter } from '../../kafka/records/dead-letters.ts';
import type { LogRecord, TopicPartition } from '../../kafka/records/log-record.ts';
import type { PartitionReader } from '../../kafka/read/partition-reader.ts';
import { sourceOfEvent } from '../../kafka/records/source-position.ts';
import type { TopicNames } from '../../kafka/names/topic-names.ts';
import { Failure } from '../../processor/failure.ts';
import type { RecordPosition } from '../../kafka/produce/publisher.ts';
import type { GroupOffsets } from '../../kafka/read/group-offsets.ts';
import type { ReadValue } from '../servers/record-reading.ts';

/** The position of a command in the log, and the fields that the publisher may have filled in. */
type Position = RecordPosition & Pick<RunCloseRequested, 'commandId' | 'requestedAt'>;

/** A command and its position in the log. */
export type Published = { readonly command: RunCloseRequested; readonly position: Position };

export type Outcome =
  | { readonly kind: 'closed'; readonly event: RunClosed }
  | { readonly kind: 'rejected'; readonly event: RunCloseRejected }
  | { readonly kind: 'duplicate' }
  | { readonly kind: 'dead-letter'; readonly code: string; readonly message: string }
  | { readonly kind: 'timeout' };

export type OutcomesDeps = {
  readonly reader: PartitionReader;
  readonly offsets: GroupOffsets;
  readonly read: ReadValue;
  readonly names: TopicNames;
};

/** Yields each command once, as soon as its outcome is known. When the signal is aborted, yields `timeout` for the other commands. */
export type FollowOutcomes = (
  published: readonly Published[],
  signal: AbortSignal,
) => AsyncGenerator<readonly [Published, Outcome], void, undefined>;

const POLL_MS = 100;

/** Call this before publishing: it remembers where the outputs end, and the outcomes are searched from there. */
export const createFollowOutcomes = async (deps: OutcomesDeps): Promise<FollowOutcomes> => {
  const { reader, offsets, names } = deps;
  const outputs = [names.closed, names.rejected, names.deadLetters];
  const counts = await reader.partitionCounts(outputs);
  const ends = await reader.bounds([...counts].flatMap(([topic, count]) => partitionsOf(topic, count)));
  const unread = new Map(ends.map((it) => [keyOf(it.topic, it.partition), it.stable]));

  /** Yields the records of these partitions that were not read before. */
  async function* news(
    partitions: readonly number[],
    signal: AbortSignal,
  ): AsyncGenerator<LogRecord, void, undefined> {
    const wanted = outputs.flatMap((topic) => partitions.map((partition) => ({ topic, partition })));
    const ranges = (await reader.bounds(wanted)).map(({ topic, partition, high }) => ({
      topic,
      partition,
      from: unread.get(keyOf(topic, partition)) ?? 0,
      to: high,
    }));
    yield* reader.read(ranges, { signal });
    for (const { topic, partition, to } of ranges) unread.set(keyOf(topic, partition), to);
  }

  return async function* (published, signal) {
    const isOver = (): boolean => signal.aborted;
    const pending = new Map(published.map((it) => [keyOf(it.position.partition, it.position.offset), it]));

    while (pending.size > 0 && !isOver()) {
      const partitions = [...new Set([...pending.values()].map(({ position }) => position.partition))];
      // Ask for the offsets before reading the outputs: every command that the group has passed then has its outcome in the outputs.
      const passed = await offsets.committed(names.requested, partitions);
      for await (const record of news(partitions, signal)) {
        const key = sourceKey(record, names);
        const command = pending.get(key);
        if (command === undefined) continue;
        pending.delete(key);
        yield [command, await outcomeOf(deps, record)];
      }
      if (isOver()) break;
      for (const [key, command] of pending) {
        const { partition, offset } = command.position;
        if ((passed.get(partition) ?? 0) <= offset) continue;
        pending.delete(key);
        yield [command, { kind: 'duplicate' }];
      }
      if (pending.size > 0) await sleep(POLL_MS, undefined, { signal }).catch(() => undefined);
    }
    for (const command of pending.values()) yield [command, { kind: 'timeout' }];
  };
};

const partitionsOf = (topic: string, count: number): readonly TopicPartition[] =>
  Array.from({ length: count }, (_, partition) => ({ topic, partition }));

const keyOf = (...parts: readonly (string | number)[]): string => parts.join('/');

/** The position of the command that an event or a dead letter came from. */
const sourceKey = ({ topic, headers }: LogRecord, names: TopicNames): string => {
  const source = topic === names.deadLetters ? sourceOfDeadLetter(headers) : sourceOfEvent(headers);
  return source?.topic === names.requested ? keyOf(source.partition, source.offset) : '';
};

const outcomeOf = async (
  { read, names }: OutcomesDeps,
  { topic, partition, offset, value, headers }: LogRecord,
): Promise<Outcome> => {
  if (topic === names.deadLetters) {
    const header = (name: string): string =>
      headers.findLast(([each]) => each === name)?.[1]?.toString('utf8') ?? '';
    const { code, message } = DEAD_LETTER_HEADERS;
    return { kind: 'dead-letter', code: header(code), message: header(message) };
  }
  const reading = await read(topic === names.closed ? 'run.closed' : 'run.close.rejected', value);
  if (reading.kind === 'run.closed') return { kind: 'closed', event: reading.value };
  if (reading.kind === 'run.close.rejected') return { kind: 'rejected', event: reading.value };
  throw new Failure(
    'fatal',
    'UNREADABLE_EVENT',
    `reading the event at ${topic}/${partition}@${offset}: it is not a RunClose event`,
  );
};
