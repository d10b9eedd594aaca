import { expect } from 'chai';
import type { TopicNames } from '../../src/kafka/names/topic-names.ts';
import type { LogRecord } from '../../src/kafka/records/log-record.ts';
import { bodiesOf, bodiesRow } from '../../src/postgres/bodies.ts';
import type { Headers } from '../../src/wire/headers.ts';
import type { Deployment } from './deployment.ts';
import { readHeadersWithKafka } from './kafka-tools.ts';
import { recount, type Due, type Recounted } from './recount.ts';

type Kept = Pick<Deployment, 'names' | 'read' | 'database' | 'encode'>;

/** Facts that the servers do not show. */
type Known = {
  /** The input, if records of it were removed. */
  readonly input?: readonly LogRecord[];
  /** The ids of the schema of commands, if the registry has given it more than one. */
  readonly schemaIds?: ReadonlySet<number>;
  /** If another version has emitted some of the events: translates their bodies, in the wire format, to the words of this version. */
  readonly inOurWords?: (value: Buffer) => Buffer;
};

const TOPIC_OF: Readonly<Record<Due['type'], keyof TopicNames>> = {
  'run.closed': 'closed',
  'run.summary': 'summary',
  'run.close.rejected': 'rejected',
  'dead-letter': 'deadLetters',
};

/**
 * Checks all promises, once the group has reached the end of the input. Each command has exactly its outcome, byte for byte as the domain
 * alone decides. No event is there twice, incomplete or out of order. Postgres has stored exactly the emitted events, and its ledgers are
 * the fold of the input. Resolves with the records of the outputs.
 */
export const expectPromisesKept = async (
  deployment: Kept,
  { input, schemaIds, inOurWords = (value) => value.subarray(5) }: Known = {},
): Promise<readonly LogRecord[]> => {
  const recounted = recount(
    input ?? (await deployment.read(deployment.names.requested)),
    schemaIds ?? new Set([(await deployment.encode({})).readInt32BE(1)]),
  );
  const outputs: LogRecord[] = [];
  for (const type of Object.keys(TOPIC_OF) as Due['type'][]) {
    const topic = deployment.names[TOPIC_OF[type]];
    const records = await deployment.read(topic);
    const due = recounted.due.filter((each) => each.type === type);
    expectInOrder(topic, records, due, inOurWords);
    outputs.push(...records);
  }
  await expectStored(deployment, recounted, outputs);
  await expectLedgers(deployment, recounted);
  return outputs;
};

/** Checks that Kafka's own read-committed consumer sees the same records in the same partitions. */
export const expectSameForKafkasOwnReader = async (
  { names, brokers }: Pick<Deployment, 'names' | 'brokers'>,
  outputs: readonly LogRecord[],
): Promise<void> => {
  const { closed, summary, rejected, deadLetters } = names;
  const lines = await readHeadersWithKafka([closed, summary, rejected, deadLetters], {
    brokers,
    records: outputs.length,
  });
  const seen = lines.map((line) => {
    const [, type] = /\bce_type:([^,\t]+)/.exec(line) ?? [];
    const [, source] = /\bsource-offset:\S+\/(\d+\/\d+)/.exec(line) ?? [];
    const [, partition, offset] =
      /__connect\.errors\.partition:(\d+),__connect\.errors\.offset:(\d+)/.exec(line) ?? [];
    return `${type ?? 'dead-letter'} ${source ?? `${String(partition)}/${String(offset)}`}`;
  });
  const expected = outputs.map(
    ({ headers }) => `${textOf(headers, 'ce_type') ?? 'dead-letter'} ${sourceOf(headers)}`,
  );
  expect(seen.sort(), "Kafka's own reader").to.deep.equal(expected.sort());
};

/** Compares each partition in order: first the sources, which show lost, doubled or reordered records; then every byte. */
const expectInOrder = (
  topic: string,
  records: readonly LogRecord[],
  allDue: readonly Due[],
  inOurWords: (value: Buffer) => Buffer,
): void => {
  const partitions = new Set(
    [...records, ...allDue.map(({ source }) => source)].map((each) => each.partition),
  );
  for (const partition of partitions) {
    const where = `${topic}/${String(partition)}`;
    const inPartition = records.filter((record) => record.partition === partition);
    const wanted = allDue
      .filter(({ source }) => source.partition === partition)
      .sort((a, b) => a.source.offset - b.source.offset);
    const sources = inPartition.map(({ headers }) => sourceOf(headers));
    const due = wanted.map(({ source }) => `${String(partition)}/${String(source.offset)}`);
    expect(sources, `sources in ${where}: ${differenceOf(sources, due)}`).to.deep.equal(due);
    inPartition.forEach((record, index) => {
      expectSame(`${where} at ${String(record.offset)}`, record, wanted[index]!, inOurWords);
    });
  }
};

const differenceOf = (actual: readonly string[], due: readonly string[]): string => {
  const lost = due.filter((source) => !actual.includes(source));
  const twice = actual.filter((source, index) => actual.indexOf(source) < index);
  const alien = actual.filter((source) => !due.includes(source));
  return `lost ${lost.join(', ')}; twice ${twice.join(', ')}; of nothing ${alien.join(', ')}`;
};

const expectSame = (
  where: string,
  record: LogRecord,
  due: Due,
  inOurWords: (value: Buffer) => Buffer,
): void => {
  expect(sameBytes(record.key, due.source.key), `key of ${where}`).to.equal(true);
  if (due.type === 'dead-letter') {
    const { source } = due;
    expect(sameBytes(record.value, source.value), `value of ${where}`).to.equal(true);
    expect(record.timestamp, `timestamp of ${where}`).to.equal(source.timestamp);
    expect(record.headers.slice(0, source.headers.length), `headers of ${where}`).to.deep.equal(
      source.headers,
    );
    return;
  }
  const body = inOurWords(record.value!);
  expect(body.equals(due.body), `body of ${where}`).to.equal(true);
};

/** Checks both directions: each decision was emitted, and each event that claims its command has a decision. */
const expectStored = async (
  { database, names }: Kept,
  { due }: Recounted,
  outputs: readonly LogRecord[],
): Promise<void> => {
  const rows = await database.query(
    `SELECT l.partition || '/' || d.source_offset AS source, e.closed, e.summary, e.rejected, e.packed
     FROM runclose.decision d JOIN runclose.decision_event e USING (channel_id, command_id, stored_at)
     JOIN runclose.partition_lease l USING (source_id) WHERE l.topic = $1`,
    [names.requested],
  );
  const stored = new Map(rows.map((row) => [String(row['source']), bodiesOf(bodiesRow.parse(row))]));
  const emitted = new Map(
    outputs.map(({ topic, headers, value }) => [`${topic} ${sourceOf(headers)}`, value]),
  );
  const decisions = new Set<string>();
  for (const each of due) {
    if (each.type === 'dead-letter' || !each.stored) continue;
    const source = `${String(each.source.partition)}/${String(each.source.offset)}`;
    decisions.add(source);
    const body = stored.get(source)?.[each.type];
    const event = emitted.get(`${names[TOPIC_OF[each.type]]} ${source}`)?.subarray(5);
    expect(sameBytes(body ?? null, event ?? null), `stored ${each.type} of ${source}`).to.equal(true);
  }
  expect(rows.length, 'stored decisions').to.equal(decisions.size);
};

const expectLedgers = async ({ database }: Pick<Kept, 'database'>, { ledgers }: Recounted): Promise<void> => {
  const heads = await database.query(
    'SELECT channel_id, sequence, previous_runner FROM runclose.channel_ledger WHERE sequence > 0 ORDER BY 1',
  );
  expect(heads, 'ledgers').to.deep.equal(
    [...ledgers]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([channel_id, { head }]) => ({
        channel_id,
        sequence: String(head.sequence),
        previous_runner: head.previousRunner,
      })),
  );
  const members = await database.query(
    'SELECT channel_id, user_id, balance, served, attended FROM runclose.channel_member ORDER BY 1, 2',
  );
  expect(members, 'members').to.deep.equal(
    [...ledgers]
      .flatMap(([channel_id, ledger]) =>
        [...ledger.members.values()].map(({ userId, balance, served, attended }) => ({
          channel_id,
          user_id: userId,
          balance: String(balance),
          served: String(served),
          attended: String(attended),
        })),
      )
      .sort((a, b) => (key(a) < key(b) ? -1 : 1)),
  );
};

const key = (row: { channel_id: string; user_id: string }): string => `${row.channel_id}\n${row.user_id}`;

const sameBytes = (a: Buffer | null, b: Buffer | null): boolean =>
  a === null || b === null ? a === b : a.equals(b);

const sourceOf = (headers: Headers): string => {
  const source = textOf(headers, 'source-offset');
  if (source !== undefined) return source.split('/').slice(-2).join('/');
  return `${String(textOf(headers, '__connect.errors.partition'))}/${String(textOf(headers, '__connect.errors.offset'))}`;
};

const textOf = (headers: Headers, name: string): string | undefined =>
  headers.findLast(([each]) => each === name)?.[1]?.toString();
