/** Reads `run.closed` events from their topic, or from a file of `replay export`. */
import { openHistoryFile } from '../../avro/history-file.ts';
import { createRecordDecoder } from '../../avro/record-decoder.ts';
import { createRecordReaders } from '../../avro/record-readers.ts';
import { loadSchemas } from '../../avro/schema-files.ts';
import { createSchemaIds } from '../../avro/schema-ids.ts';
import type { RunClosed } from '../../domain/records.ts';
import { readMerged } from '../../kafka/read/merged-partitions.ts';
import { replayOf } from '../../kafka/records/source-position.ts';
import { wrongUse } from '../../processor/failure.ts';
import { type ClosedRunEvent, closedRuns } from '../../replay/closed-runs.ts';
import { readablePosition } from '../../wire/position.ts';
import { channelUnknown } from '../refusals.ts';
import { openKafkaTopics } from '../servers/kafka-topics.ts';
import { openRegistry } from '../servers/servers.ts';
import type { Work } from '../work.ts';
import { portionsOf } from './portions.ts';
import { resolveRanges, type Where } from './range.ts';

export type ClosedRunSource = {
  /** The path of the file, or the topic with its prefix. */
  readonly name: string;
  readonly events: AsyncIterable<ClosedRunEvent>;
  /** The greatest possible number of events. */
  readonly total: number;
  /** The positions of records that are no `run.closed`. Grows while `events` is read. */
  readonly unreadable: readonly string[];
};

export type SourceOptions = {
  readonly file?: string;
  readonly from?: Where;
  readonly to?: Where;
  readonly channel?: string;
};

export const openClosedRuns = async (work: Work, options: SourceOptions): Promise<ClosedRunSource> => {
  const { file, channel } = options;
  const source = file === undefined ? await openTopic(work, options) : await openFile(work, file, options);
  return channel === undefined ? source : { ...source, events: ofChannel(source, channel) };
};

const openFile = async (work: Work, path: string, { from, to }: SourceOptions): Promise<ClosedRunSource> => {
  if (from !== undefined || to !== undefined)
    throw wrongUse('leave out --from and --to: a file is always read as a whole');
  const file = await openHistoryFile(path, loadSchemas());
  work.onClose(() => file.close());
  if (!file.facts.withEvents)
    throw wrongUse(`${path} has no events: export it with \`runclose replay export --with-events\``);
  const total = file.facts.ranges.reduce((sum, range) => sum + range.to - range.from, 0);
  const unreadable: string[] = [];
  const events = closedRuns(file, (position) => {
    if (unreadable.length < MAX_UNREADABLE) unreadable.push(position);
  });
  return { name: path, events, total, unreadable };
};

const openTopic = async (work: Work, { from, to }: SourceOptions): Promise<ClosedRunSource> => {
  if (from?.kind === 'committed' || to?.kind === 'committed')
    throw wrongUse(
      'committed is a position in the topic of commands, not of events: use a time, an offset, earliest or latest',
    );
  const config = work.settings('kafka', 'registry');
  const { connection, reader, offsets, names } = await openKafkaTopics(work, config);
  const registry = await openRegistry(work, config);
  const topic = names.closed;
  const ranges = await resolveRanges(
    { reader, offsets, topic },
    from ?? { kind: 'earliest' },
    to ?? { kind: 'latest' },
  );
  const decode = createRecordDecoder<RunClosed>(
    createRecordReaders({
      registry: registry.registry,
      ownSchemas: createSchemaIds({ ...registry, topics: ['run.closed'] }),
      readerType: registry.schemas['run.closed'].type,
    }),
  );
  const unreadable: string[] = [];

  async function* events(): AsyncGenerator<ClosedRunEvent, void, undefined> {
    const records = readMerged(
      connection,
      ranges.map((range) => ({ topic, partition: range.partition, from: range.from, to: range.to })),
    );
    for await (const portion of portionsOf(records)) {
      const results = await decode(portion.map(({ value }) => value));
      for (const [index, record] of portion.entries()) {
        const result = results[index];
        // The topic already holds the original of an event that `replay emit` wrote again.
        if (replayOf(record.headers) !== null) continue;
        const position = readablePosition(record);
        if (result?.kind === 'value') yield { event: result.value, position };
        else if (unreadable.length < MAX_UNREADABLE) unreadable.push(position);
      }
    }
  }
  return {
    name: `the topic ${topic}`,
    events: events(),
    total: ranges.reduce((sum, range) => sum + range.to - range.from, 0),
    unreadable,
  };
};

const MAX_UNREADABLE = 1_000;

async function* ofChannel(
  { name, events }: ClosedRunSource,
  channelId: string,
): AsyncGenerator<ClosedRunEvent, void, undefined> {
  let isEmpty = true;
  for await (const item of events) {
    if (item.event.channelId !== channelId) continue;
    isEmpty = false;
    yield item;
  }
  // Reject, because people would believe "No difference" about a misspelt channel.
  if (isEmpty)
    throw channelUnknown(
      `no run.closed event of channel ${channelId} was read from ${name}: check the id and the range`,
    );
}
