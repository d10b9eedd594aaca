/**
 * Waits for the outcomes of published commands. Any number of commands wait at the same time, and one loop reads the outputs for all of
 * them, without a consumer group. Events and dead letters name the position of their command. If the group has committed an offset beyond a
 * command, and no output names the position of that command, the command is a duplicate. Then the outputs are searched for the outcome of
 * its first publication.
 *
 * Holds only the waiting commands and one fetch in memory. The loop ends when no command waits. While a server is away, the loop retries.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { Failure, passesInTime } from '../../processor/failure.ts';
import type { Pacer } from '../../processor/ports/breakers.ts';
import { kafkaFailure, READING } from '../client/failures.ts';
import type { TopicNames } from '../names/topic-names.ts';
import type { GroupOffsets } from '../read/group-offsets.ts';
import type { PartitionReader } from '../read/partition-reader.ts';
import type { TopicPartition } from '../records/log-record.ts';
import { keyOf, type PartitionBounds } from '../topics/partition-offsets.ts';
import { createEndChecks } from './end-checks.ts';
import {
  outcomeTopics,
  readOutcome,
  sourceOfOutcome,
  type CommandOutcome,
  type OutcomeDecoders,
  type PlacedCommand,
} from './outcome.ts';
import { createOutputEnds, ledBounds, type OutputEnds } from './output-ends.ts';
import { createPassedOffsets } from './passed-offsets.ts';
import { createFirstOutcomes } from './first-outcomes.ts';
import { createPastOutcomes } from './past-outcomes.ts';
import { createWaitingCommands } from './waiting-commands.ts';

export type OutcomeWatch = {
  /** Call this before publishing: outcomes are searched from these ends. Rejects if the outputs cannot be read. */
  begin(): Promise<OutputEnds>;
  /**
   * Undefined if the signal is aborted first. Rejects with a `Failure` if the outcome cannot be read, or with `WATCH_CLOSED` after `close`.
   */
  outcomeOf(
    command: PlacedCommand,
    since: OutputEnds,
    signal: AbortSignal,
  ): Promise<CommandOutcome | undefined>;
  /** Why outcomes cannot be read at present; undefined if they can. */
  trouble(): Failure | undefined;
  /** The promises of commands that still wait reject with `WATCH_CLOSED`. */
  close(): void;
};

export type OutcomeWatchDeps = {
  readonly reader: PartitionReader;
  readonly offsets: Pick<GroupOffsets, 'committed'>;
  /** The group of the processor, whose offsets these are. */
  readonly groupId: string;
  /** Called once if the principal may not describe the group: duplicates then have no outcome. */
  readonly onRefused: (failure: Failure) => void;
  readonly decoders: OutcomeDecoders;
  readonly names: TopicNames;
  readonly pacer: Pacer;
};

/** The pause between two rounds grows while nothing new comes. */
const FIRST_PAUSE_MS = 50;
const MAX_PAUSE_MS = 500;
const PAUSE_GROWTH = 1.5;

export const createOutcomeWatch = (deps: OutcomeWatchDeps): OutcomeWatch => {
  const { reader, offsets, groupId, onRefused, decoders, names, pacer } = deps;
  const topics = outcomeTopics(names);
  const outputsOf = (partition: number): readonly TopicPartition[] =>
    topics.map((topic) => ({ topic, partition }));
  const fetchOutputEnds = createOutputEnds(reader, topics);
  const passedOffsets = createPassedOffsets({ offsets, reader, groupId, topic: names.requested, onRefused });
  const waiting = createWaitingCommands((partition) => outputsOf(partition).map(keyOf));
  const stopping = new AbortController();
  const firstOutcomes = createFirstOutcomes({
    past: createPastOutcomes({ reader, names, decoders }),
    pacer,
    stopping: stopping.signal,
  });
  let wake = new AbortController();
  /** For each output partition (`keyOf`): everything below this offset has been read. */
  let readUpTo = new Map<string, number>();
  let endChecks = createEndChecks(outputsOf);
  let isRunning = false;
  let trouble: Failure | undefined;

  const read = async (bounds: readonly PartitionBounds[]): Promise<number> => {
    const ranges = bounds
      .map((output) => ({ ...output, from: readUpTo.get(keyOf(output)) ?? 0, to: output.stable }))
      .filter(({ from, to }) => from < to);
    if (ranges.length === 0) return 0;
    const onRemoval = ({ partition }: TopicPartition): void => {
      waiting.putInDoubt(partition);
    };
    for await (const batch of reader.readEncoded(ranges, { signal: stopping.signal, onRemoval })) {
      for (const record of batch) {
        const source = sourceOfOutcome(record, names);
        const entry = source === null ? undefined : waiting.at(source);
        if (entry === undefined) continue;
        const outcome = await readOutcome(record, names, decoders).catch(failureOrRethrow);
        if (outcome instanceof Failure) waiting.fail(entry, outcome);
        else waiting.settle(entry, outcome);
      }
    }
    for (const range of ranges) readUpTo.set(keyOf(range), range.to);
    return ranges.length;
  };

  /** Retention moves the start of a log. Its end moves back if the topic is created again, or if its new leader lacks records. */
  const moveIntoLog = (bounds: readonly PartitionBounds[]): void => {
    for (const output of bounds) {
      const current = readUpTo.get(keyOf(output)) ?? 0;
      const clamped = Math.min(Math.max(current, output.low), output.high);
      if (clamped === current) continue;
      readUpTo.set(keyOf(output), clamped);
      waiting.putInDoubt(output.partition);
    }
  };

  /** Returns how many partitions had new records. */
  const round = async (): Promise<number> => {
    const { partitions, from } = waiting.beginRound(readUpTo);
    readUpTo = from;
    const passed = passedOffsets.known(partitions);
    const bounds = await ledBounds(reader, partitions.flatMap(outputsOf));
    moveIntoLog(bounds);
    const partitionsWithNews = await read(bounds);
    // An aborted reading may have left records out, although it says otherwise.
    if (stopping.signal.aborted) return partitionsWithNews;
    const settledBelow = endChecks.settled({ partitions, passed, bounds, readUpTo });
    const withoutOutcome = waiting.takeBelow(settledBelow);
    firstOutcomes.search(withoutOutcome);
    return partitionsWithNews;
  };

  /** A new command cuts the pause short after `FIRST_PAUSE_MS`. Returns true if a command was added since the round began. */
  const pause = async (idleRounds: number): Promise<boolean> => {
    const rest = Math.min(FIRST_PAUSE_MS * PAUSE_GROWTH ** idleRounds, MAX_PAUSE_MS) - FIRST_PAUSE_MS;
    await sleep(FIRST_PAUSE_MS, undefined, { signal: stopping.signal }).catch(() => undefined);
    await sleep(rest, undefined, { signal: wake.signal }).catch(() => undefined);
    return wake.signal.aborted;
  };

  const run = async (): Promise<void> => {
    isRunning = true;
    trouble = undefined;
    let failedRounds = 0;
    let idleRounds = 0;
    try {
      while (waiting.size() > 0 && !stopping.signal.aborted) {
        wake = new AbortController();
        try {
          idleRounds = (await round()) > 0 ? 0 : idleRounds + 1;
          trouble = undefined;
          failedRounds = 0;
          if (waiting.size() > 0 && (await pause(idleRounds))) idleRounds = 0;
        } catch (thrown) {
          trouble = kafkaFailure(thrown, 'reading the outcomes', READING);
          if (passesInTime(trouble) || isBeyondEnd(trouble)) await pacer.beforeRetry(++failedRounds);
          else waiting.failAll(trouble);
        }
      }
    } finally {
      isRunning = false;
      readUpTo = new Map();
      endChecks = createEndChecks(outputsOf);
    }
  };

  return {
    begin: async () => {
      const ends = new Map(await fetchOutputEnds());
      // The outcome of a command that is not yet published cannot be among the records that were already read.
      for (const [key, offset] of readUpTo) ends.set(key, Math.max(offset, ends.get(key) ?? 0));
      return ends;
    },
    outcomeOf: async (command, since, signal) => {
      if (stopping.signal.aborted) throw watchClosed();
      const outcome = waiting.add(command, since, signal);
      wake.abort();
      if (!isRunning) void run();
      return outcome;
    },
    trouble: () => trouble ?? passedOffsets.trouble(),
    close: () => {
      stopping.abort();
      wake.abort();
      waiting.failAll(watchClosed());
      firstOutcomes.close(watchClosed());
    },
  };
};

/** The log was truncated between asking for its bounds and reading it. The next round asks again. */
const isBeyondEnd = ({ code }: Failure): boolean => code === 'KAFKA_OFFSET_OUT_OF_RANGE';

/** If a server is away, the round fails and is repeated. A record that cannot be read fails only its own command. */
const failureOrRethrow = (thrown: unknown): Failure => {
  const failure = kafkaFailure(thrown, 'reading an outcome');
  if (passesInTime(failure)) throw failure;
  return failure;
};

export const watchClosed = (): Failure =>
  new Failure('fatal', 'WATCH_CLOSED', 'the watch for outcomes was closed');
