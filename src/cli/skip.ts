import { InvalidArgumentError } from 'commander';
import { createRecordCodec } from '../avro/record-codec.ts';
import { RECORD_TOPICS } from '../avro/schema-files.ts';
import { createSchemaIds } from '../avro/schema-ids.ts';
import { firstFault } from '../domain/validate.ts';
import { createClusterConnection, type ClusterConnection } from '../kafka/cluster-connection.ts';
import { fetchClusterId } from '../kafka/cluster-id.ts';
import { createGroupOffsets } from '../kafka/group-offsets.ts';
import { createPartitionReader } from '../kafka/partition-reader.ts';
import type { SourcePosition } from '../kafka/source-position.ts';
import { topicNames } from '../kafka/topic-names.ts';
import { isDecided, skipRecord } from '../postgres/skipped-records.ts';
import { Failure } from '../processor/failure.ts';
import type { InputRecord, RecordCodec } from '../processor/ports.ts';
import { recordHash } from '../processor/skipped-records.ts';
import type { KafkaClient } from '../kafka/client.ts';
import type { Cli, CommandContext } from './frame/cli.ts';
import { wrongUse } from './frame/exit-codes.ts';
import { name } from './frame/flags.ts';
import { openDatabase, openKafka, openRegistry } from './frame/servers.ts';
import { place } from './text/place.ts';
import { shellWord } from './text/shell-word.ts';

type SkipOptions = { readonly yes?: boolean; readonly by?: string };

export const skip = (cli: Cli): void => {
  cli
    .command('skip', 'Give up one record whose dead letter or rejection cannot be written', [
      'runclose skip run.close.requested/3@1042',
      'runclose skip run.close.requested/3@1042 --by ana --yes',
    ])
    .argument('<position>', 'topic/partition@offset of the record, as the alarm names it', position)
    .option('--by <name>', 'who gives it up; the dead letter names them', name)
    .option('--yes', 'give it up; without, only show what would be done')
    .action(
      cli.perform(async (context, at: SourcePosition, { yes = false, by }: SkipOptions) => {
        const { output } = context;
        const { pool, scope, record } = await findRecord(context, at);
        const hash = recordHash(record);
        if (yes)
          await skipRecord(pool, scope, at.partition, {
            offset: at.offset,
            recordHash: hash,
            by: by ?? null,
          });
        if (output.json) {
          await output.record({ ...at, by: by ?? null, done: yes });
          return;
        }
        await output.line(`${place(at)} ${yes ? 'is skipped' : 'would be skipped'}`);
        if (yes)
          output.note(
            'A dead letter without content takes its place within a few seconds, or once serve runs again. ' +
              'The record itself stays in its topic until retention removes it.',
          );
        else {
          const named = by === undefined ? '' : ` --by ${shellWord(by)}`;
          output.note(
            `Nothing is done yet. To give it up: runclose skip ${shellWord(place(at))}${named} --yes`,
          );
        }
      }),
    );
};

const position = (value: string): SourcePosition => {
  const [, topic, partition, offset] = /^(.+)\/(\d{1,9})@(\d{1,15})$/.exec(value) ?? [];
  if (topic === undefined)
    throw new InvalidArgumentError('It must be topic/partition@offset, such as run.close.requested/3@1042.');
  return { topic, partition: Number(partition), offset: Number(offset) };
};

/** The record, if it is one that may be skipped. */
const findRecord = async (context: CommandContext, at: SourcePosition) => {
  const config = context.settings('kafka', 'registry', 'database');
  const { requested } = topicNames(config.topics.prefix);
  if (at.topic !== requested)
    throw wrongUse(
      `the commands stand in ${requested}, not in ${at.topic}: give the position as the alarm names it`,
    );
  const pool = await openDatabase(context, config);
  const kafka = await openKafka(context, config);
  const registry = await openRegistry(context, config);
  const schemaIds = createSchemaIds({ ...registry, topics: RECORD_TOPICS });
  const { decode } = createRecordCodec({ ...registry, schemaIds });
  const connection = createClusterConnection(kafka);
  context.onClose(() => connection.close());

  const record = await nextRecord(context, { kafka, connection, groupId: config.kafka.groupId }, at);
  const scope = {
    clusterId: await connection.run('asking for the cluster id', fetchClusterId),
    topic: requested,
  };
  if (await isDecided(pool, scope, at.partition, at.offset))
    throw mayNot(
      at,
      'its decision is stored, so its events must go out: run `runclose setup`, which raises topic limits that are too low',
    );
  if (await isValidCommand(decode, record)) throw mayNot(at, 'it is a valid command, and will be decided');
  return { pool, scope, record };
};

type Reading = {
  readonly kafka: KafkaClient;
  readonly connection: ClusterConnection;
  readonly groupId: string;
};

/** Only the next record may be skipped: records before it are done, and records after it may still be decided. */
const nextRecord = async (
  context: CommandContext,
  { kafka, connection, groupId }: Reading,
  at: SourcePosition,
): Promise<InputRecord> => {
  const { topic, partition, offset } = at;
  const reader = createPartitionReader(kafka, connection);
  const offsets = createGroupOffsets(kafka, groupId);
  context.onClose(() => offsets.close());
  const partitions = (await reader.partitionCounts([topic])).get(topic) ?? 0;
  if (partition >= partitions)
    throw wrongUse(`there is no partition ${String(partition)}: ${topic} has ${String(partitions)}`);
  const [bounds] = await reader.bounds([{ topic, partition }]);
  const { low = 0, stable = 0 } = bounds ?? {};
  const next = (await offsets.committed(topic, [partition])).get(partition) ?? low;
  if (offset < next) throw mayNot(at, `group ${groupId} has passed it: the next offset is ${String(next)}`);
  if (offset >= stable)
    throw mayNot(at, `no record can be read there: ${topic}/${String(partition)} ends at ${String(stable)}`);
  for await (const record of reader.read([{ topic, partition, from: next, to: offset + 1 }])) {
    if (record.offset === offset) return record;
    throw mayNot(at, `${place(record)} is next, and is decided first`);
  }
  throw mayNot(at, 'no record stands there, only a transaction marker or a record that was rolled back');
};

const isValidCommand = async (decode: RecordCodec['decode'], record: InputRecord): Promise<boolean> => {
  const [decoded] = await decode([record.value]);
  if (decoded?.kind !== 'command') return false;
  return firstFault(decoded.command, record.key?.toString('utf8') ?? null) === null;
};

const mayNot = (at: SourcePosition, why: string): Failure =>
  new Failure('fatal', 'NOT_SKIPPABLE', `${place(at)} cannot be skipped: ${why}`);
