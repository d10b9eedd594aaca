import { rm } from 'node:fs/promises';
import { createBodyCodec } from '../../src/avro/body-codec.ts';
import { createHistoryFileWriter } from '../../src/avro/history-file-writer.ts';
import { createRecordEncoder } from '../../src/avro/record-encoder.ts';
import { loadSchemas, RECORD_TOPICS } from '../../src/avro/schema-files.ts';
import { frame } from '../../src/wire/frame.ts';
import type { RunCloseRequested } from '../../src/domain/records.ts';
import { partitionOf } from '../../src/wire/partitioner.ts';
import { outputTopicsOf } from '../../src/kafka/read/topic-history.ts';
import { topicNames } from '../../src/kafka/names/topic-names.ts';
import { deadLetter } from '../../src/kafka/records/dead-letters.ts';
import { createChannelLedgers } from '../../src/replay/channel-ledgers.ts';
import { createDecider } from '../../src/replay/decider.ts';
import { createEmitting } from '../../src/replay/emitting.ts';
import type { CommandStep, HistoryFacts, PolicyVersion } from '../../src/replay/history.ts';
import { openScratchIndex } from '../../src/scratch/claim-index.ts';
import { createOffice } from '../chaos/stream/office.ts';
import { createRandom } from '../chaos/random.ts';

export type MadeHistory = {
  readonly commands: number;
  readonly channels: number;
  readonly seed: number;
  readonly policies?: readonly PolicyVersion[];
};

const PARTITIONS = 6;
const PARTITION_NUMBERS = Array.from({ length: PARTITIONS }, (_, partition) => partition);
const PORTION = 500;
const DUPLICATES = 0.02;

/** Writes a history with its events, as a processor would have emitted them: about five orders a command. */
export const writeMadeHistory = async (path: string, made: MadeHistory): Promise<void> => {
  const schemas = loadSchemas();
  const idOf = Object.fromEntries(RECORD_TOPICS.map((topic, index) => [topic, index + 1]));
  const jsonOf = new Map(RECORD_TOPICS.map((topic, index) => [index + 1, schemas[topic].json]));
  const names = topicNames();
  const codec = createBodyCodec(schemas);
  const encodeCommand = createRecordEncoder<RunCloseRequested>(schemas['run.close.requested'].type);
  const ledgers = createChannelLedgers(made.policies ?? []);
  const folder = `${path}.claims`;
  const claims = await openScratchIndex(folder);

  const nextCommand = createCommands(made);
  const counts = PARTITION_NUMBERS.map(() => 0);
  const commandOf = new Map<Buffer, RunCloseRequested>();
  const nextStep = (n: number): CommandStep => {
    const command = nextCommand(n);
    const key = Buffer.from(command.channelId);
    const partition = partitionOf(key, PARTITIONS);
    const offset = counts[partition] ?? 0;
    counts[partition] = offset + 1;
    const value = frame(idOf['run.close.requested'] as number, encodeCommand(command));
    commandOf.set(value, command);
    const record = {
      topic: names.requested,
      partition,
      offset,
      timestamp: Date.UTC(2026, 1, 1) + n,
      key,
      value,
      headers: [],
    };
    return { kind: 'command', record, emitted: [] };
  };

  const decider = createDecider({
    codec,
    ledgers,
    claims,
    decode: (values) =>
      Promise.resolve(
        values.map((value) => ({
          kind: 'command',
          command: commandOf.get(value as Buffer) as RunCloseRequested,
        })),
      ),
  });
  const emitting = createEmitting({
    groupId: 'runclose',
    outputTopics: outputTopicsOf(names),
    frame: (type, body) => frame(idOf[type] as number, body),
    deadLetter,
  });
  const facts: HistoryFacts = {
    topic: names.requested,
    outputTopics: outputTopicsOf(names),
    groupId: 'runclose',
    clusterId: 'made',
    ranges: rangesOf(made),
    withEvents: true,
    pseudonymised: false,
  };
  const writer = createHistoryFileWriter({
    path,
    facts,
    writerSchema: (id) => Promise.resolve({ kind: 'AVRO', json: jsonOf.get(id) as string, references: [] }),
  });
  for (const version of made.policies ?? []) await writer.policy(version);
  for (let n = 0; n < made.commands;) {
    const steps: CommandStep[] = [];
    while (steps.length < PORTION && n < made.commands) steps.push(nextStep(n++));
    for (const redecided of await decider.decide(steps))
      await writer.step({ ...redecided.step, emitted: emitting(redecided) });
    commandOf.clear();
  }
  await writer.end();
  await claims.close();
  await rm(folder);
};

/** Creates one command after another; the same seed gives the same commands. */
const createCommands = ({ seed, channels }: MadeHistory): ((n: number) => RunCloseRequested) => {
  const random = createRandom(seed, 'made history');
  const offices = Array.from({ length: channels }, (_, n) =>
    createOffice(`C${n}`, random, Date.UTC(2026, 0, 5, 8)),
  );
  const known: RunCloseRequested[] = [];
  return (n) => {
    const again = known.length > 0 && random.chance(DUPLICATES);
    const command = again
      ? triedAgain(random.pick(known as [RunCloseRequested]), n)
      : random.pick(offices as [(typeof offices)[0]]).nextCommand(n);
    known[n % 1000] = command;
    return command;
  };
};

/** The command of a retry: a publisher renews these fields for each try. */
const triedAgain = (command: RunCloseRequested, n: number): RunCloseRequested => ({
  ...command,
  requestedAt: command.requestedAt + 1_000,
  correlationId: `try-${n}`,
});

/** A file begins with its ranges, and their lengths are known only when all commands exist. */
const rangesOf = (made: MadeHistory): HistoryFacts['ranges'] => {
  const nextCommand = createCommands(made);
  const counts = new Map<number, number>();
  for (let n = 0; n < made.commands; n += 1) {
    const partition = partitionOf(Buffer.from(nextCommand(n).channelId), PARTITIONS);
    counts.set(partition, (counts.get(partition) ?? 0) + 1);
  }
  return PARTITION_NUMBERS.map((partition) => ({
    partition,
    from: 0,
    to: counts.get(partition) ?? 0,
    complete: true,
  }));
};
