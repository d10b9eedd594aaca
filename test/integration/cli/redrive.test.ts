import { randomBytes } from 'node:crypto';
import { expect } from 'chai';
import { count as counted } from '../../../src/domain/words/count.ts';
import type { Message } from 'kafkajs';
import { deadLetter } from '../../../src/kafka/records/dead-letters.ts';
import { asMessageHeaders } from '../../../src/kafka/records/headers.ts';
import type { LogRecord } from '../../../src/kafka/records/log-record.ts';
import { createPartitionReader } from '../../../src/kafka/read/partition-reader.ts';
import { partitionOf } from '../../../src/wire/partitioner.ts';
import type { Headers } from '../../../src/wire/headers.ts';
import { until } from '../../support/condition.ts';
import { createDeployment, type Deployment } from '../../support/deployment.ts';
import { exitOf, startProcess } from '../../support/serve-process.ts';
import { testKafka } from '../../support/topics.ts';

type Json = Readonly<Record<string, unknown>>;
type Verdicts = Readonly<Record<string, { readonly count: number; readonly firstAt: Json }>>;

/** Asked for, and not sent. */
const LEFT = ['unreadable', 'tooManyAttempts', 'foreign', 'untraceable', 'tooLarge'];

const PARTITIONS = 3;
const own: Headers = [
  ['b', Buffer.from('1')],
  ['a', null],
  ['b', Buffer.from([0xfe])],
];

describe('dlq redrive', function () {
  this.timeout(120_000);
  let deployment: Deployment;
  let readable: Buffer;
  const garbage = Buffer.from('garbage');
  /** Not long ago: the broker removes what is past its retention within minutes. */
  const buriedAt = Date.now();

  const redrive = async (...args: string[]): Promise<Json & { readonly verdicts: Verdicts }> => {
    const { code, stdout, stderr } = await deployment.runclose('dlq', 'redrive', ...args, '--json');
    const redriven = JSON.parse(stdout) as Json & { readonly verdicts: Verdicts };
    const left = LEFT.some((verdict) => redriven.verdicts[verdict] !== undefined);
    expect(code, stderr).to.equal(left && args.includes('--yes') ? 1 : 0);
    return redriven;
  };

  /** A dead letter of a record that stood at this offset of the input. */
  const letterAt = (
    partition: number,
    offset: number,
    value: Buffer = readable,
    { headers = own, code = 'UNKNOWN_SCHEMA_ID', topic = deployment.names.requested } = {},
  ): Message => {
    const record = { offset, key: Buffer.from(`key-${String(offset)}`), value, timestamp: buriedAt, headers };
    const letter = deadLetter(record, { topic, partition }, { code, message: 'no' });
    return { ...letter, partition, timestamp: String(buriedAt), headers: asMessageHeaders(letter.headers) };
  };

  const bury = async (...letters: Message[]): Promise<void> => {
    const topic = deployment.names.deadLetters;
    const buried = async (): Promise<number> =>
      (await deployment.admin.fetchTopicOffsets(topic)).reduce((sum, { high }) => sum + Number(high), 0);
    const before = await buried();
    const producer = testKafka().producer();
    await producer.connect();
    for (let from = 0; from < letters.length; from += 1_000)
      await producer.send({ topic, messages: letters.slice(from, from + 1_000) });
    await producer.disconnect();
    expect(await buried(), 'kafkajs has left out records').to.equal(before + letters.length);
  };

  const input = (): Promise<LogRecord[]> => deployment.read(deployment.names.requested);
  const text = (headers: Headers, name: string): string | undefined =>
    headers.findLast(([each]) => each === name)?.[1]?.toString();
  const copiedFrom = (records: readonly LogRecord[]): string[] =>
    records.map(({ headers }) => text(headers, 'runclose-redriven-from') ?? 'nowhere').sort();

  const untilMoreIsSent = async (than: number): Promise<void> => {
    const reader = createPartitionReader(testKafka());
    const partitions = Array.from({ length: PARTITIONS }, (_, partition) => ({
      topic: deployment.names.requested,
      partition,
    }));
    const offsets = async (): Promise<number> =>
      (await reader.bounds(partitions)).reduce((sum, { stable }) => sum + stable, 0);
    await until(`more than up to ${String(than)} is sent`, async () => (await offsets()) > than, 60_000);
    await reader.close();
  };

  /** Of all partitions together, markers included. */
  const endOfInput = async (): Promise<number> =>
    (await deployment.admin.fetchTopicOffsets(deployment.names.requested)).reduce(
      (sum, { high }) => sum + Number(high),
      0,
    );

  const manyLetters = (count: number): Message[] =>
    Array.from({ length: count }, (_, n) => letterAt(n % PARTITIONS, n));

  beforeEach(async () => {
    deployment = await createDeployment(PARTITIONS);
    readable = await deployment.encode({ pickupNote: 'x'.repeat(300) });
  });
  afterEach(() => deployment.remove());

  it('writes nothing without --yes, and shows what would be sent', async () => {
    await bury(letterAt(0, 1), letterAt(1, 1), letterAt(1, 2, garbage, { code: 'WRONG_MAGIC_BYTE' }));
    const { done, letters, verdicts } = await redrive();
    expect([done, letters]).to.deep.equal([false, 3]);
    expect(verdicts['sent']?.count).to.equal(2);
    expect(verdicts['unreadable']).to.deep.equal({
      count: 1,
      firstAt: { topic: deployment.names.deadLetters, partition: 1, offset: 1 },
    });
    expect(await input()).to.deep.equal([]);
    const { stdout, stderr } = await deployment.runclose('dlq', 'redrive');
    expect(stdout).to.include(`would be sent to ${deployment.names.requested}`);
    expect(stderr).to.include('--yes').and.to.include('runclose dlq show 1@1');
  });

  it('sends records that fit the input only compressed, and leaves records that do not fit at all', async () => {
    const withHeader = (bytes: Buffer) => ({ headers: [['x', bytes], ...own] as Headers });
    await bury(
      letterAt(0, 1),
      letterAt(0, 2, readable, withHeader(Buffer.alloc(2_000_000, 'x'))),
      letterAt(0, 3, readable, withHeader(randomBytes(2_000_000))),
      letterAt(0, 4),
    );
    const { verdicts } = await redrive('--yes');
    expect(verdicts['sent']?.count).to.equal(3);
    expect(verdicts['tooLarge']).to.deep.equal({
      count: 1,
      firstAt: { topic: deployment.names.deadLetters, partition: 0, offset: 2 },
    });
    expect(await input()).to.have.length(3);
    expect((await deployment.runclose('dlq', 'redrive', '--yes')).stdout).to.include('too large for');
  });

  it('sends the original record to its former partition, once, and leaves records that are still poison', async () => {
    await bury(
      letterAt(0, 1),
      letterAt(2, 5),
      letterAt(2, 6, garbage),
      letterAt(2, 7),
      letterAt(1, 3, readable, { topic: 'another.topic' }),
    );
    const first = await redrive('--yes');
    expect(first.verdicts['sent']?.count).to.equal(3);
    expect(first.verdicts['unreadable']?.count).to.equal(1);
    expect(first.verdicts['foreign']?.count).to.equal(1);
    const sent = await input();
    expect(sent.map(({ partition, key }) => `${String(partition)} ${String(key)}`).sort()).to.deep.equal([
      '0 key-1',
      '2 key-5',
      '2 key-7',
    ]);
    for (const { value, headers } of sent) {
      expect(value?.equals(readable)).to.equal(true);
      expect(headers.slice(0, -2)).to.deep.equal(own);
      expect(headers.slice(-2).map(([name]) => name)).to.deep.equal([
        'runclose-redriven-from',
        'runclose-redrive-attempts',
      ]);
    }
    const dlq = deployment.names.deadLetters;
    expect(copiedFrom(sent)).to.deep.equal([`${dlq}/0/0`, `${dlq}/2/0`, `${dlq}/2/2`]);

    const again = await redrive('--yes');
    expect(again.verdicts['sent']).to.equal(undefined);
    await deployment.admin.deleteGroups([`${deployment.groupId}.redrive`]);
    const withoutOffsets = await redrive('--yes');
    expect(withoutOffsets.verdicts['sent']).to.equal(undefined);
    expect(withoutOffsets.verdicts['sentBefore']?.count).to.equal(3);
    expect(await input()).to.have.length(3);
  });

  it('partitions by key if the former partition is gone', async () => {
    const gone = [1, 2, 3, 4, 5].map((offset) => ({ ...letterAt(PARTITIONS, offset), partition: 0 }));
    await bury(...gone);
    await redrive('--yes');
    const sent = await input();
    expect(sent).to.have.length(gone.length);
    for (const { partition, key } of sent) {
      expect(partition).to.equal(partitionOf(key ?? Buffer.alloc(0), PARTITIONS));
    }
    await deployment.admin.deleteGroups([`${deployment.groupId}.redrive`]);
    expect((await redrive('--yes')).verdicts['sentBefore']?.count).to.equal(gone.length);
  });

  it('sends the dead letters that a filter has left, and none twice, when it is run without the filter', async () => {
    await bury(
      letterAt(0, 1, readable, { code: 'UNDECODABLE' }),
      letterAt(0, 2),
      letterAt(0, 3, readable, { code: 'UNDECODABLE' }),
      letterAt(0, 4),
    );
    expect((await redrive('--reason', 'UNKNOWN_SCHEMA_ID', '--yes')).verdicts['sent']?.count).to.equal(2);
    expect((await redrive('0@0', '--yes')).verdicts['sent']?.count).to.equal(1);
    expect((await redrive('--from', '1', '--yes')).verdicts['sent']?.count).to.equal(1);
    expect((await redrive('--yes'))['letters'], 'the group knows that all is done').to.equal(0);
    await deployment.admin.deleteGroups([`${deployment.groupId}.redrive`]);
    expect((await redrive('--yes')).verdicts['sentBefore']?.count, 'and so does the input').to.equal(4);
    expect((await input()).map(({ key }) => String(key)).sort()).to.deep.equal([
      'key-1',
      'key-2',
      'key-3',
      'key-4',
    ]);
  });

  it('stops at --max-attempts', async () => {
    await bury(letterAt(0, 1));
    for (const attempt of [1, 2]) {
      const { verdicts } = await redrive('--yes', '--max-attempts', '2');
      expect(verdicts['sent']?.count).to.equal(1);
      const last = (await input()).at(-1) as LogRecord;
      expect(text(last.headers, 'runclose-redrive-attempts')).to.equal(String(attempt));
      await bury(letterAt(0, last.offset, readable, { headers: last.headers }));
    }
    const stopped = await redrive('--yes', '--max-attempts', '2');
    expect(stopped.verdicts['tooManyAttempts']?.count).to.equal(1);
    expect(await input()).to.have.length(2);
    expect((await redrive('--yes', '--max-attempts', '3')).verdicts['sent']?.count).to.equal(1);
    const [sent] = (await input()).slice(-1);
    expect(sent?.headers.slice(0, -2), 'its own headers, once each').to.deep.equal(own);
  });

  it('leaves dead letters whose copy the input may have lost, unless a flag says so', async () => {
    await bury(letterAt(0, 1), letterAt(0, 2));
    expect((await redrive('0@0', '--yes')).verdicts['sent']?.count).to.equal(1);
    await deployment.admin.fetchTopicOffsets(deployment.names.requested);
    await deployment.admin.deleteTopicRecords({
      topic: deployment.names.requested,
      partitions: [{ partition: 0, offset: '-1' }],
    });
    await deployment.admin.deleteGroups([`${deployment.groupId}.redrive`]);
    const { verdicts } = await redrive('--yes');
    expect(verdicts['untraceable']?.count).to.equal(2);
    expect(await input()).to.deep.equal([]);
    expect((await redrive('--yes', '--untraceable')).verdicts['sent']?.count).to.equal(2);
  });

  it('sends each dead letter once, even if it was killed in the middle', async () => {
    const count = 30_000;
    await bury(...manyLetters(count));
    const child = startProcess(['dlq', 'redrive', '--yes'], deployment.env);
    await untilMoreIsSent(0);
    child.kill('SIGKILL');
    await exitOf(child);
    const { verdicts } = await redrive('--yes');
    expect(verdicts['sent']?.count, 'it was killed in the middle').to.be.within(1, count - 1);
    const froms = copiedFrom(await input());
    expect(froms).to.have.length(count);
    expect(new Set(froms).size).to.equal(count);
    expect((await redrive('--yes'))['letters']).to.equal(0);
  });

  it('ends at once when it is interrupted, resumes later, and never reads records that came after its start', async () => {
    const count = 30_000;
    await bury(...manyLetters(count));
    const child = startProcess(['dlq', 'redrive', '--yes'], deployment.env);
    let said = '';
    child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
    await untilMoreIsSent(0);
    child.kill('SIGINT');
    expect(await exitOf(child)).to.equal(130);
    const sent = (await input()).length;
    expect(sent).to.be.within(1, count - 1);
    expect(said).to.include(`Interrupted: this run has sent ${counted(sent, 'dead letter')}.`);

    const end = await endOfInput();
    const rest = startProcess(['dlq', 'redrive', '--yes', '--json'], deployment.env);
    let told = '';
    rest.stdout.on('data', (chunk: Buffer) => (told += chunk.toString()));
    await untilMoreIsSent(end);
    await bury(letterAt(0, count));
    expect(await exitOf(rest)).to.equal(0);
    const froms = copiedFrom(await input());
    expect(froms, `${String(sent)} before, then ${told}`).to.have.length(count);
    expect(new Set(froms).size).to.equal(count);
  });

  it('sends each dead letter once even if two runs overlap', async () => {
    const count = 6_000;
    await bury(...manyLetters(count));
    const both = [1, 2].map(() => startProcess(['dlq', 'redrive', '--yes'], deployment.env));
    await Promise.all(both.map(exitOf));
    await redrive('--yes');
    const froms = copiedFrom(await input());
    expect(froms).to.have.length(count);
    expect(new Set(froms).size).to.equal(count);
  });

  it('has a running processor decide each as a new command', async () => {
    await deployment.serve();
    const unreadable = Array.from({ length: 4 }, () => garbage);
    await deployment.publish(...unreadable);
    await deployment.settled();
    const [, second] = await deployment.read(deployment.names.deadLetters);
    const { partition = 0, offset = 0 } = second ?? {};
    // As if the registry had not known its schema then.
    await bury({ ...letterAt(partition, offset), key: Buffer.from('C1') });
    const { verdicts } = await redrive('--yes');
    expect([verdicts['sent']?.count, verdicts['unreadable']?.count]).to.deep.equal([1, 4]);
    await deployment.settled();
    expect(await deployment.read(deployment.names.closed)).to.have.length(1);
    expect(await deployment.read(deployment.names.deadLetters)).to.have.length(5);
  });

  it('refuses a place without a dead letter, in a partition that exists and in one that does not', async () => {
    await bury(letterAt(0, 1));
    for (const at of ['0@1', '1@0', '99@0']) {
      const { code, stdout, stderr } = await deployment.runclose('dlq', 'redrive', at, '--yes');
      expect({ code, stdout }).to.deep.equal({ code: 64, stdout: '' });
      expect(stderr).to.include(`there is no dead letter at ${at}`).and.to.include('runclose dlq list');
    }
    expect(await input()).to.deep.equal([]);
  });

  it('refuses the place of the group', async () => {
    const { code, stderr } = await deployment.runclose('dlq', 'redrive', '--to', 'committed');
    expect(code).to.equal(64);
    expect(stderr).to.include('committed is a position in the topic of commands');
  });
});
