/** Decides the commands of the log with the code of the real processor, one after another. Only its servers are in memory. */
import { isDeepStrictEqual } from 'node:util';
import { DEFAULT_CHANNEL_POLICY, type ChannelPolicy, type PolicySettings } from '../domain/channel-policy.ts';
import { idPair } from '../domain/ids.ts';
import { EMPTY_LEDGER } from '../domain/ledger.ts';
import { onAbort } from '../kafka/client/on-abort.ts';
import { placeOf } from '../kafka/outcomes/waiting-commands.ts';
import { topicOfEvent, type TopicNames } from '../kafka/names/topic-names.ts';
import { deadLetter } from '../kafka/records/dead-letters.ts';
import type { LogRecord } from '../kafka/records/log-record.ts';
import { partitionsOf } from '../kafka/topics/partition-offsets.ts';
import { decideRecord, type Past } from '../processor/decide-record.ts';
import { emissionsOf } from '../processor/emissions.ts';
import { failureOf, passesInTime } from '../processor/failure.ts';
import type { Emission } from '../processor/ports/output.ts';
import type { RecordCodec } from '../processor/ports/record-codec.ts';
import { readBatch } from '../processor/read-batch.ts';
import { createWorkingChannels } from '../processor/working-channels.ts';
import { positionText } from '../wire/position.ts';
import type { Activity } from './activity.ts';
import type { MemoryLog } from './memory-log.ts';
import type { MemoryServers } from './memory-servers.ts';
import { closePastRun, type PastRun } from './past-runs.ts';
import { expectPolicy } from './policy-check.ts';

export type MemoryProcessor = {
  /** Changes the policy of a channel, then closes past runs by that policy. Throws `WRONG_USE`. */
  prepare(channelId: string, policy: Partial<PolicySettings>, pastRuns: readonly PastRun[]): void;
  /** The next command becomes a dead letter, as if its schema were unknown. */
  deadLetterNext(): void;
  /** Resolves when the processor has passed this offset, or when the signal is aborted. */
  passed(at: { readonly partition: number; readonly offset: number }, signal: AbortSignal): Promise<void>;
  /** Resolves when `count` callers of `passed` wait, or more. */
  awaited(count: number): Promise<void>;
};

export type MemoryProcessorDeps = {
  readonly log: MemoryLog;
  readonly names: TopicNames;
  readonly codec: RecordCodec;
  readonly servers: MemoryServers;
  readonly activity: Activity;
};

export const createMemoryProcessor = (deps: MemoryProcessorDeps): MemoryProcessor => {
  const { log, names, codec, servers, activity } = deps;
  const channels = createWorkingChannels(NOTHING_STORED);
  const policies = new Map<string, ChannelPolicy>();
  const claims = new Map<string, Buffer>();
  const next = new Map<number, number>();
  /** By the place of the record for which they wait. */
  const waiting = new Map<string, Set<() => void>>();
  let waitingCount = 0;
  const observers = new Set<() => void>();
  let isRunning = false;
  let isNextPoison = false;

  const policyOf = (channelId: string): ChannelPolicy => policies.get(channelId) ?? DEFAULT_CHANNEL_POLICY;

  const past: Past = {
    contentOf: ({ command }) => claims.get(idPair(command.channelId, command.commandId)),
    channelOf: ({ command: { channelId } }) => ({
      ...channels.of(channelId),
      policy: policyOf(channelId),
    }),
    sourceOf: (record) => positionText(record as LogRecord),
    claimed: ({ command, contentHash }) => {
      claims.set(idPair(command.channelId, command.commandId), contentHash);
    },
  };

  const decide = async (record: LogRecord): Promise<void> => {
    const decoded = isNextPoison ? [UNKNOWN_SCHEMA] : await codec.decode([record.value]);
    const frame = await codec.framer();
    isNextPoison = false;
    const owed = readBatch([record], decoded).map((entry) => decideRecord(entry, past, codec));
    const { topic, partition } = record;
    const sourceOf = (offset: number): string => positionText({ topic, partition, offset });
    for (const emission of emissionsOf(owed, { groupId: 'runclose', frame, sourceOf })) {
      if (emission.kind === 'event')
        log.append({ topic: topicOfEvent(names, emission.type), partition }, withBytes(emission));
      else log.append({ topic: names.deadLetters, partition }, deadLetter(record, record, emission.poison));
    }
    next.set(partition, record.offset + 1);
    for (const end of [...(waiting.get(placeOf(record)) ?? [])]) end();
  };

  const nextRecord = (): LogRecord | undefined => {
    if (servers.isAway('processor') || servers.isAway('kafka')) return undefined;
    for (const at of partitionsOf(names.requested, log.partitions)) {
      const record = log.first(at, next.get(at.partition) ?? 0);
      if (record !== undefined) return record;
    }
    return undefined;
  };

  const run = async (): Promise<void> => {
    if (isRunning) return;
    isRunning = true;
    try {
      for (let record = nextRecord(); record !== undefined; record = nextRecord()) await decide(record);
    } catch (thrown) {
      // The registry is away: the processor waits until it comes back.
      if (!passesInTime(failureOf(thrown))) throw thrown;
    } finally {
      isRunning = false;
    }
  };
  const wake = (): void => void activity.during(run);

  log.onAppend(({ topic }) => {
    if (topic === names.requested) wake();
  });
  servers.onBack(wake);

  return {
    prepare: (channelId, policy, pastRuns) => {
      expectPolicy(policy);
      const before = policyOf(channelId);
      const after = { ...before, ...policy };
      // As with `channel set`, a change that changes nothing makes no version.
      if (!isDeepStrictEqual(before, after))
        policies.set(channelId, { ...after, version: before.version + 1 });
      for (const run of pastRuns) closePastRun(channelId, channels.of(channelId), policyOf(channelId), run);
    },
    deadLetterNext: () => {
      isNextPoison = true;
    },
    passed: (at, signal) =>
      new Promise((resolve) => {
        const resume = activity.pause();
        const place = placeOf(at);
        const ends = waiting.get(place) ?? new Set();
        const end = (): void => {
          if (!ends.delete(end)) return;
          if (ends.size === 0) waiting.delete(place);
          waitingCount -= 1;
          forget();
          resume();
          resolve();
        };
        waiting.set(place, ends.add(end));
        waitingCount += 1;
        const forget = onAbort(signal, () => {
          queueMicrotask(end);
        });
        if ((next.get(at.partition) ?? 0) > at.offset) end();
        for (const observe of [...observers]) observe();
      }),
    awaited: (count) =>
      new Promise((resolve) => {
        const observe = (): void => {
          if (waitingCount < count) return;
          observers.delete(observe);
          resolve();
        };
        observers.add(observe);
        observe();
      }),
  };
};

const NOTHING_STORED = {
  emitted: () => undefined,
  writtenWith: () => ({}),
  commandAt: () => undefined,
  decision: () => undefined,
  closedBy: () => undefined,
  channel: () => ({ ledger: EMPTY_LEDGER, policy: DEFAULT_CHANNEL_POLICY, revision: 0 }),
};

const withBytes = ({ key, value, headers }: Extract<Emission, { kind: 'event' }>) => ({
  key,
  value,
  headers: headers.map(([name, text]) => [name, Buffer.from(text)] as const),
});

const UNKNOWN_SCHEMA = {
  kind: 'poison',
  poison: { code: 'UNKNOWN_SCHEMA_ID', message: 'the schema registry does not know the schema id' },
} as const;
