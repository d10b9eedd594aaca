import { z } from 'zod';
import type { Instance } from '../../operations/status/instances.ts';
import type { PartitionStatus } from '../../operations/status/partition-status.ts';
import { count, forgotten, headers, line, list, position, positionShape, record } from './shapes.ts';
import { runner, text, time, type EventJson, type RecordJson, type SchemaOf } from './shapes.ts';

export const publishedCommand = line({
  commandId: text,
  channelId: text,
  runId: text,
  requestedAt: time,
  ...positionShape,
});

const closed = { outcome: z.literal('closed'), sequence: count, runner, event: record<EventJson>() };
const rejected = { outcome: z.literal('rejected'), reason: text, message: text, event: record<EventJson>() };
const deadLetter = { outcome: z.literal('dead-letter'), code: text, message: text };

/** The outcome that an event or a dead letter shows. */
export const foundOutcome = z.discriminatedUnion('outcome', [line(closed), line(rejected), line(deadLetter)]);

const about = publishedCommand.shape;

export const commandOutcome = z.discriminatedUnion('outcome', [
  line({ ...about, ...closed }),
  line({ ...about, ...rejected }),
  line({ ...about, ...deadLetter }),
  /** `first`: what became of the first publication; null if no topic holds it any longer, or if it was not found in time. */
  line({ ...about, outcome: z.literal('duplicate'), first: foundOutcome.nullable() }),
  line({ ...about, outcome: z.literal('timeout') }),
]);

const previewed = { commandId: text, channelId: text, runId: text };
export const preview = z.discriminatedUnion('outcome', [
  line({
    ...previewed,
    outcome: z.literal('closed'),
    closed: record<EventJson>(),
    summary: record<RecordJson>(),
  }),
  line({ ...previewed, outcome: z.literal('rejected'), rejected: record<EventJson>() }),
  line({ ...previewed, outcome: z.literal('duplicate') }),
]);

export const topicRecord = line({
  ...positionShape,
  key: text.nullable(),
  headers,
  /** In base64 if the record cannot be decoded. */
  value: z.union([text, record<RecordJson>()]).nullable(),
});

export const explanation = line({
  channelId: text,
  commandId: text,
  runId: text,
  source: position,
  outcome: z.enum(['closed', 'rejected']),
  reason: text,
  sequence: count.nullable(),
  runner: runner.nullable(),
  policyVersion: count,
  revision: count,
  decidedAt: time,
  forgotten: forgotten.nullable(),
  emitted: list(position),
  duplicates: list(line({ ...positionShape, seenAt: time })),
  event: record<EventJson>().nullable(),
});

/** The explanation of a rejection that is not stored, of an invalid command or a reused id: only the topic has it. */
export const unstoredExplanation = line({
  channelId: text,
  runId: text,
  commandId: text,
  outcome: z.literal('rejected'),
  reason: text,
  source: position,
  emitted: list(position),
  event: record<EventJson>(),
});

export const skippedExplanation = line({
  channelId: text,
  runId: text,
  commandId: text,
  outcome: z.literal('skipped'),
  source: position,
  by: text.nullable(),
  at: time,
});

export const standing = line({
  channelId: text,
  userId: text,
  balance: z.number().int(),
  served: count,
  attended: count,
  lastServedSequence: count.nullable(),
  lastSeenSequence: count.nullable(),
  fairShare: z.number().int(),
  unit: count,
});
export const nextRunner = z.discriminatedUnion('outcome', [
  line({ channelId: text, outcome: z.literal('closed'), sequence: count, runner, fairness: record() }),
  line({
    channelId: text,
    outcome: z.literal('rejected'),
    reason: text,
    message: text,
    policyVersion: count.nullable(),
  }),
]);

export const partitionStatus = line({
  topic: text,
  partition: count,
  /** The group member that has the partition; null: none. */
  owner: line({
    clientId: text,
    host: text,
    instance: text.nullable(),
    version: text.nullable(),
    startedAt: time.nullable(),
  }).nullable(),
  /** The epoch of the lease; null if the partition never had a lease. */
  epoch: count.nullable(),
  /** The group's next offset; null if it has committed none. */
  committed: count.nullable(),
  /** One past the last record, even if the record cannot be read yet; null without a leader. */
  end: count.nullable(),
  /** Null without a leader. */
  lagRecords: count.nullable(),
  /** How many seconds the oldest record of the lag has been waiting; null without a leader. */
  lagSeconds: count.nullable(),
  /** How many records of the lag wait for open transactions, and the producers of these transactions; null: none. */
  heldBack: line({
    records: count,
    transactions: list(line({ transactionalId: text.nullable(), producerId: count, since: time.nullable() })),
  }).nullable(),
  deadLetters: count,
  /** What holds up the partition, in the words of the log of `serve`. Empty if nothing is known. */
  alarms: list(line({ code: text, message: text })),
}) satisfies SchemaOf<PartitionStatus>;

const breakerState = z.enum(['closed', 'half-open', 'open']);

const instance = line({
  clientId: text,
  /** The address of the process, as the broker sees it. */
  host: text,
  /** Null, like version and start: the member says nothing about its process. */
  instance: text.nullable(),
  version: text.nullable(),
  startedAt: time.nullable(),
  uptimeSeconds: count.nullable(),
  workers: count,
  partitions: list(count),
  /** Null: the process cannot be asked from here. */
  breakers: line({ kafka: breakerState, postgres: breakerState, registry: breakerState }).nullable(),
}) satisfies SchemaOf<Instance>;

/** What `status --watch` has seen. */
export const watchedStatus = z.union([
  line({
    at: time,
    groupId: text,
    instances: list(instance),
    partitions: list(partitionStatus),
  }),
  /** The servers could not be asked. */
  line({ at: time, failure: line({ code: text, message: text }) }),
]);
