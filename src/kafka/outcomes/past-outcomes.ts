/**
 * Finds outcomes in the outputs by the names of their commands, without a database. Reads back from the end in growing steps, so the cost
 * is that of the records since the outcome: for an outcome of yesterday, a day's events and dead letters of one partition. If there is no
 * outcome, everything that the outputs hold is read. Memory is bounded: one fetch.
 */
import type { RejectionReason } from '../../domain/rejection.ts';
import { Failure, failureOf, passesInTime } from '../../processor/failure.ts';
import { CAUSATION_HEADER } from '../../wire/headers.ts';
import type { TopicNames } from '../names/topic-names.ts';
import type { PartitionReader } from '../read/partition-reader.ts';
import { lastHeader } from '../records/headers.ts';
import type { EncodedRecord, TopicPartition } from '../records/log-record.ts';
import { topicMissing } from '../topics/partition-counts.ts';
import { keyOf, partitionsOf } from '../topics/partition-offsets.ts';
import { partitionOf } from '../../wire/partitioner.ts';
import type { Position } from '../../wire/position.ts';
import {
  outcomeTopics,
  readOutcome,
  sourceNamedInOutcome,
  type CommandName,
  type CommandOutcome,
  type FoundOutcome,
  type OutcomeDecoders,
  type PlacedCommand,
} from './outcome.ts';
import { ledBounds } from './output-ends.ts';

export type FirstsFound = 'all found' | 'gone' | 'not yet';

export type PastOutcomes = {
  /**
   * Calls `tell` as soon as it finds the outcome that claimed the id of one of these commands. If an outcome names the command's own
   * position, the command is no duplicate, and this is its outcome. Resolves when all are found or everything is read. Rejects with a
   * transient failure if Kafka or the registry stays away. Ends early, without an error, when the signal is aborted.
   *
   * @param ends where the outputs ended at the first search for these commands; the first search fills this map
   * @returns `all found`, or `gone` if everything is read and an outcome is in none of the outputs, some of whose records were removed.
   *   Otherwise `not yet`: some records cannot be read at present, so search again
   */
  firsts(
    commands: readonly PlacedCommand[],
    signal: AbortSignal,
    tell: TellOutcome,
    ends?: Map<string, number>,
  ): Promise<FirstsFound>;
  /**
   * The outcome that claimed the id; if there is none, the last rejection of an invalid command or of a reused id, or the last dead letter.
   * Rejects with a transient `KAFKA_NO_LEADER` if the outcome may be in a partition that no broker leads, and with `KAFKA_TOPIC_MISSING` if
   * one of the topics does not exist.
   */
  last(command: CommandName, signal: AbortSignal): Promise<FoundOutcome | undefined>;
};

/** @param index the command's place in the list */
type TellOutcome = (index: number, outcome: CommandOutcome) => void;

export type PastOutcomesDeps = {
  readonly reader: Pick<PartitionReader, 'partitionCounts' | 'leaderless' | 'bounds' | 'readEncoded'>;
  readonly names: TopicNames;
  readonly decoders: OutcomeDecoders;
};

type Wanted = CommandName & {
  /** Undefined if the position of the command is not known. */
  readonly position?: Pick<Position, 'partition' | 'offset'>;
  readonly tell?: (outcome: CommandOutcome) => void;
  claim?: FoundOutcome;
  /** The outcome that names the position of the command. */
  own?: FoundOutcome;
  other?: { readonly outcome: FoundOutcome; readonly timestamp: number };
};

/** What a search could not read. */
type Unread = {
  readonly leaderless: Set<string>;
  readonly heldBack: Set<string>;
  /** Records were removed, by retention for example. */
  isShortened: boolean;
};

const FIRST_STEP = 1_000;
const MAX_STEP = 64_000;

export const createPastOutcomes = ({ reader, names, decoders }: PastOutcomesDeps): PastOutcomes => {
  const topics = outcomeTopics(names);

  const search = async (
    all: readonly Wanted[],
    signal: AbortSignal,
    ends = new Map<string, number>(),
  ): Promise<Unread> => {
    const unread: Unread = { leaderless: new Set(), heldBack: new Set(), isShortened: false };
    const counts = await reader.partitionCounts(topics);
    for (const [topic, count] of counts) if (count === 0) throw topicMissing(topic);
    const mostPartitions = Math.max(...counts.values());
    // Partitions may be added to one topic after another.
    const outputsIn = (partitions: readonly number[]): readonly TopicPartition[] =>
      [...counts].flatMap(([topic, count]) =>
        partitions.filter((partition) => partition < count).map((partition) => ({ topic, partition })),
      );
    const wantedByPartition = groupedBy(all, ({ channelId }) =>
      partitionOf(Buffer.from(channelId), mostPartitions),
    );
    for (const [partition, wanted] of wantedByPartition)
      await walkBack(outputsIn([partition]), wanted, signal, ends, unread);
    // A publisher with another partitioner may have chosen another partition, and so may all publishers before partitions were added.
    const everywhere = partitionsOf('', mostPartitions).map(({ partition }) => partition);
    if (mostPartitions > 1) await walkBack(outputsIn(everywhere), all, signal, ends, unread);
    return unread;
  };

  const walkBack = async (
    outputs: readonly TopicPartition[],
    wanted: readonly Wanted[],
    signal: AbortSignal,
    ends: Map<string, number>,
    unread: Unread,
  ): Promise<void> => {
    let open = wanted.filter((each) => !isFound(each));
    const isAborted = (): boolean => signal.aborted;
    if (open.length === 0 || isAborted()) return;
    const ids = groupedBy(open, ({ commandId }) => commandId);
    const channels = groupedBy(open, ({ channelId }) => channelId);
    const bounds = await ledBounds(reader, outputs);
    for (const key of outputs.map(keyOf)) unread.leaderless.add(key);
    for (const bound of bounds) {
      const key = keyOf(bound);
      unread.leaderless.delete(key);
      if (!ends.has(key)) ends.set(key, bound.high);
      if (bound.stable < (ends.get(key) ?? 0)) unread.heldBack.add(key);
      if (bound.low > 0) unread.isShortened = true;
    }
    let windows = bounds.map((bound) => ({ ...bound, to: bound.stable }));
    for (let step = FIRST_STEP; windows.length > 0; step = Math.min(step * 4, MAX_STEP)) {
      const ranges = windows.map((window) => ({ ...window, from: Math.max(window.low, window.to - step) }));
      for await (const batch of reader.readEncoded(ranges, { signal }))
        for (const record of batch) {
          const about = aboutOf(record);
          if ((about.in === 'ids' ? ids : channels).has(about.text)) await note(record, ids);
        }
      // Only now: the outcome of the command itself takes precedence over that of a first publication, wherever both stand.
      for (const each of open) tellIfFound(each);
      open = open.filter((each) => !isFound(each));
      if (open.length === 0 || isAborted()) return;
      windows = ranges.filter(({ from, low }) => from > low).map((range) => ({ ...range, to: range.from }));
    }
  };

  /** A cheap look before decoding. A dead letter does not name its command, but keeps the key of its record. */
  const aboutOf = ({
    topic,
    key,
    headers,
  }: EncodedRecord): { readonly in: 'ids' | 'channels'; text: string } =>
    topic === names.deadLetters
      ? { in: 'channels', text: key?.toString() ?? '' }
      : { in: 'ids', text: lastHeader(headers, CAUSATION_HEADER)?.toString() ?? '' };

  const note = async (record: EncodedRecord, ids: ReadonlyMap<string, readonly Wanted[]>): Promise<void> => {
    const read = await readNamed(record);
    if (read === undefined) return;
    const { outcome, timestamp } = { ...read, ...record };
    const source = sourceNamedInOutcome(record, names);
    for (const wanted of ids.get(read.commandId) ?? []) {
      if (wanted.channelId !== read.channelId) continue;
      if (isAt(source, wanted)) wanted.own = outcome;
      else if (isClaim(outcome)) wanted.claim = outcome;
      else if (timestamp >= (wanted.other?.timestamp ?? -Infinity)) wanted.other = { outcome, timestamp };
    }
  };

  /** Undefined for a record that nobody can read. */
  const readNamed = async (
    record: EncodedRecord,
  ): Promise<(CommandName & { readonly outcome: FoundOutcome }) | undefined> => {
    try {
      const outcome = await readOutcome(record, names, decoders);
      if (outcome.outcome !== 'dead-letter') return { ...outcome.event, outcome };
      const [command] = await decoders['run.close.requested']([record.value]);
      return command?.kind === 'value' ? { ...command.value, outcome } : undefined;
    } catch (thrown) {
      const failure = failureOf(thrown);
      if (passesInTime(failure)) throw failure;
      return undefined;
    }
  };

  return {
    firsts: async (commands, signal, tell, ends) => {
      const all = commands.map(({ channelId, commandId, partition, offset }, index): Wanted => {
        const tellThis = (outcome: CommandOutcome): void => {
          tell(index, outcome);
        };
        return { channelId, commandId, position: { partition, offset }, tell: tellThis };
      });
      const { leaderless, heldBack, isShortened } = await search(all, signal, ends);
      if (all.every(isFound)) return 'all found';
      return leaderless.size === 0 && heldBack.size === 0 && isShortened ? 'gone' : 'not yet';
    },
    last: async ({ channelId, commandId }, signal) => {
      const wanted: Wanted = { channelId, commandId };
      const { leaderless } = await search([wanted], signal);
      if (wanted.claim === undefined && leaderless.size > 0 && !signal.aborted)
        throw noLeader([...leaderless], wanted);
      return wanted.claim ?? wanted.other?.outcome;
    },
  };
};

const isAt = (source: Position | null, { position }: Wanted): boolean =>
  source !== null && source.partition === position?.partition && source.offset === position.offset;

const isFound = ({ claim, own }: Wanted): boolean => (own ?? claim) !== undefined;

const tellIfFound = ({ tell, own, claim }: Wanted): void => {
  if (own !== undefined) tell?.(own);
  else if (claim !== undefined) tell?.({ outcome: 'duplicate', first: claim });
};

const noLeader = (partitions: readonly string[], { channelId, commandId }: CommandName): Failure =>
  new Failure(
    'transient',
    'KAFKA_NO_LEADER',
    `no broker leads ${partitions.join(', ')} at present, which may hold the outcome of command ${commandId} of channel ${channelId}`,
  );

/** A closed run and most rejections claim the id of their command: every later command with that id is a duplicate or a reuse. */
const isClaim = (outcome: FoundOutcome): boolean => {
  switch (outcome.outcome) {
    case 'closed':
      return true;
    case 'rejected':
      return !UNCLAIMED.has(outcome.event.reason);
    case 'dead-letter':
      return false;
  }
};

const UNCLAIMED: ReadonlySet<string> = new Set<RejectionReason>(['INVALID_COMMAND', 'COMMAND_ID_REUSED']);

const groupedBy = <T, Group>(
  items: readonly T[],
  groupOf: (item: T) => Group,
): ReadonlyMap<Group, readonly T[]> => {
  const groups = new Map<Group, T[]>();
  for (const item of items) {
    const name = groupOf(item);
    const group = groups.get(name);
    if (group === undefined) groups.set(name, [item]);
    else group.push(item);
  }
  return groups;
};
