import { hash } from 'node:crypto';
import { createBodyCodec } from '../../../src/avro/body-codec.ts';
import { createReadEmitted } from '../../../src/avro/emitted-events.ts';
import { createForgetting } from '../../../src/avro/pii.ts';
import { createRecordEncoder } from '../../../src/avro/record-encoder.ts';
import { loadSchemas, RECORD_TOPICS } from '../../../src/avro/schema-files.ts';
import type { WriterSchema } from '../../../src/avro/writer-schema.ts';
import type { RunCloseRequested } from '../../../src/domain/records.ts';
import { topicNames } from '../../../src/kafka/names/topic-names.ts';
import { outputTopicsOf } from '../../../src/kafka/read/topic-history.ts';
import { deadLetter } from '../../../src/kafka/records/dead-letters.ts';
import { createChannelLedgers, type FoldedLedger } from '../../../src/replay/channel-ledgers.ts';
import { createDecider, type Redecided } from '../../../src/replay/decider.ts';
import { createEmitting } from '../../../src/replay/emitting.ts';
import type { CommandStep, History, HistoryStep, PolicyVersion } from '../../../src/replay/history.ts';
import type { ClaimAnswer, ClaimIndex, StoredDecision } from '../../../src/replay/ports.ts';
import type { EventType } from '../../../src/wire/event-types.ts';
import { frame } from '../../../src/wire/frame.ts';

const schemas = loadSchemas();
export const codec = createBodyCodec(schemas);
export const forget = createForgetting(schemas);
const encodeCommand = createRecordEncoder<RunCloseRequested>(schemas['run.close.requested'].type);
const names = topicNames();

export const SCHEMA_IDS = Object.fromEntries(
  RECORD_TOPICS.map((topic, index) => [topic, index + 1]),
) as Record<(typeof RECORD_TOPICS)[number], number>;

export const claimsInMemory = (): ClaimIndex => {
  const claims = new Map<string, NonNullable<ClaimAnswer['claimed']>>();
  const runs = new Map<string, NonNullable<ClaimAnswer['closed']>>();
  const pair = (one: string, other: string): string => `${one}\n${other}`;
  return {
    find: (queries) =>
      Promise.resolve(
        queries.map(({ channelId, commandId, runId }) => ({
          claimed: claims.get(pair(channelId, commandId)),
          closed: runs.get(pair(channelId, runId)),
        })),
      ),
    add: (commands, closed) => {
      for (const { channelId, commandId, ...rest } of commands) claims.set(pair(channelId, commandId), rest);
      for (const { channelId, runId, ...rest } of closed) runs.set(pair(channelId, runId), rest);
      return Promise.resolve();
    },
  };
};

/** The schemas of `SCHEMA_IDS`; a test adds those of other versions. */
export const writers = new Map<number, WriterSchema>(
  RECORD_TOPICS.map((topic) => [
    SCHEMA_IDS[topic],
    { kind: 'AVRO', json: schemas[topic].json, references: [] },
  ]),
);

/** A recorded history with its stored decisions. A test may change anything in it. */
export type Recorded = {
  readonly history: History & { facts: History['facts'] };
  steps: HistoryStep[];
  stored: StoredDecision[];
  ledgers: FoldedLedger[];
};

/** Records the result of a processor for these commands, all in partition 0. A command may also be bytes that are no command. */
export const recorded = async (
  commands: readonly (RunCloseRequested | Buffer)[],
  policies: readonly PolicyVersion[] = [],
): Promise<Recorded> => {
  const steps = commands.map((command, offset): CommandStep => {
    const value = Buffer.isBuffer(command)
      ? command
      : frame(SCHEMA_IDS['run.close.requested'], encodeCommand(command));
    const key = Buffer.from(Buffer.isBuffer(command) ? 'C1' : command.channelId);
    const timestamp = Date.UTC(2026, 0, 5) + offset;
    return {
      kind: 'command',
      record: { topic: names.requested, partition: 0, offset, timestamp, key, value, headers: [] },
      emitted: [],
    };
  });
  const decoded = new Map(commands.map((command, index) => [steps[index]?.record.value, command]));
  const readEvent = (type: EventType, value: Buffer | null) => {
    try {
      return Promise.resolve(value === null ? null : codec.readBody(type, value.subarray(5)));
    } catch {
      return Promise.resolve(null);
    }
  };
  const decode: History['decode'] = (values) =>
    Promise.resolve(
      values.map((value) => {
        const command = decoded.get(value);
        return command === undefined || Buffer.isBuffer(command)
          ? { kind: 'poison', poison: { code: 'UNDECODABLE', message: 'no command' } }
          : { kind: 'command', command };
      }),
    );
  const ledgers = createChannelLedgers(policies);
  const decider = createDecider({ decode, codec, ledgers, claims: claimsInMemory() });
  const emitting = createEmitting({
    groupId: 'runclose',
    outputTopics: outputTopicsOf(names),
    frame: (type, body) => frame(SCHEMA_IDS[type], body),
    deadLetter,
  });
  const decided = await decider.decide(steps);
  const result: Recorded = {
    steps: decided.map((redecided) => ({ ...redecided.step, emitted: emitting(redecided) })),
    stored: decided.flatMap(storedOf),
    ledgers: [...ledgers.all()],
    history: {
      facts: {
        topic: names.requested,
        outputTopics: outputTopicsOf(names),
        groupId: 'runclose',
        clusterId: 'recorded',
        ranges: [{ partition: 0, from: 0, to: commands.length, complete: true }],
        withEvents: true,
        pseudonymised: false,
      },
      policies,
      async *steps() {
        for (let at = 0; at < result.steps.length; at += 7)
          yield await Promise.resolve(result.steps.slice(at, at + 7));
      },
      decode,
      readEvent,
      readEmitted: createReadEmitted(schemas, (id) => Promise.resolve(writers.get(id) ?? null)),
    },
  };
  return result;
};

const storedOf = ({ decision, step: { record } }: Redecided): StoredDecision[] => {
  if (decision === null) return [];
  const { bodies } = decision;
  return [
    { ...decision, partition: record.partition, bodyHash: bodyHash(Object.values(bodies)), forgotten: null },
  ];
};

const bodyHash = (bodies: readonly Buffer[]): Buffer => hash('sha256', Buffer.concat(bodies), 'buffer');
