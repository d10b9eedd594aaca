import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { loadSchemas } from '../../../src/avro/schema-files.ts';
import type { RunClosed } from '../../../src/domain/records.ts';
import { asMessageHeaders } from '../../../src/kafka/records/headers.ts';
import type { LogRecord } from '../../../src/kafka/records/log-record.ts';
import { manyCommands } from '../../support/commands.ts';
import { createDeployment, type Deployment } from '../../support/deployment.ts';
import { runRunclose, type Ended } from '../../support/runclose-process.ts';
import { testKafka } from '../../support/topics.ts';
import { jsonLines, type Json } from '../../support/json-lines.ts';

const COMMANDS = 300;
/** Every 50th actor is a stranger, who may not close a run. */
const CLOSED = COMMANDS - 6;
const HEADER_LENGTH = 5;

describe('replay verify --events-only', function () {
  this.timeout(180_000);
  let deployment: Deployment;
  let folder: string;
  const { type } = loadSchemas()['run.closed'];

  const runclose = (...args: string[]): Promise<Ended> => runRunclose(args, deployment.env);

  const replay = async (...args: string[]): Promise<{ code: number | null; objects: Json[] }> => {
    const { code, stdout, stderr } = await runclose('replay', ...args, '--json');
    const objects = jsonLines(stdout);
    if (objects.length === 0) throw new Error(`nothing was printed: ${stderr}`);
    return { code, objects };
  };

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'runclose-test-'));
    deployment = await createDeployment(3);
    const serving = await deployment.serve();
    await deployment.publish(...manyCommands(COMMANDS / 2));
    await deployment.settled();
    const set = await runclose('channel', 'set', 'C1', '--policy', 'window-count', '--window-runs', '3');
    expect(set.code, set.stderr).to.equal(0);
    await deployment.publish(...manyCommands(COMMANDS / 2, COMMANDS / 2));
    await deployment.settled();
    serving.signal('SIGTERM');
    await serving.exited;
  });
  after(async () => {
    await deployment.remove();
    await rm(folder, { recursive: true });
  });

  it('decides every run again with nothing but its event, and finds no difference', async () => {
    const { code, objects } = await replay('verify', '--events-only');
    expect(objects).to.have.length(1);
    expect(objects[0]).to.deep.include({
      kind: 'summary',
      divergences: 0,
      events: CLOSED,
      decided: CLOSED,
      channels: 20,
      beginInTheMiddle: [],
      peopleGiven: 0,
      unreadable: [],
    });
    expect(code).to.equal(0);
  });

  it('decides the runs of a file too, and those of one channel', async () => {
    const file = join(folder, 'history.avro');
    await runclose('replay', 'export', file, '--with-events');
    const { code, objects } = await replay('verify', '--events-only', '--file', file, '--channel', 'C1');
    expect(objects[0]).to.include({ divergences: 0, events: COMMANDS / 20, channels: 1 });
    expect(code).to.equal(0);

    const commands = join(folder, 'commands.avro');
    await runclose('replay', 'export', commands);
    const refused = await runclose('replay', 'verify', '--events-only', '--file', commands);
    expect(refused.code).to.equal(64);
    expect(refused.stderr).to.include('--with-events');
  });

  it('says what it cannot check if the first events are gone', async () => {
    const { code, objects } = await replay('verify', '--events-only', '--from', '40');
    expect(objects[0]).to.include({ divergences: 0 });
    expect(objects[0]?.['beginInTheMiddle']).to.be.an('array').that.is.not.empty;
    expect(objects[0]?.['peopleGiven']).to.be.greaterThan(0);
    expect(code).to.equal(0);
  });

  it('refuses positions that do not exist in the topic of events', async () => {
    const { code, stderr } = await runclose('replay', 'verify', '--events-only', '--to', 'committed');
    expect(code).to.equal(64);
    expect(stderr).to.include('committed is a position in the topic of commands');
  });

  it('does not report a channel without events as right, and refuses an export as a snapshot', async () => {
    const unknown = await runclose('replay', 'verify', '--events-only', '--channel', 'C1000');
    expect(unknown.code).to.equal(1);
    expect(unknown.stderr).to.include('no run.closed event of channel C1000 was read from');

    const file = join(folder, 'export.avro');
    await runclose('replay', 'export', file, '--with-events');
    for (const flag of ['--snapshot', '--prove']) {
      const { code, stderr } = await runclose('replay', 'verify', flag, file);
      expect(code, stderr).to.equal(64);
      expect(stderr).to.include('is an export, not a snapshot');
    }
  });

  it('names a tampered event, and ends with 2', async () => {
    const last = await lastEventOf('C2');
    const bytes = last.value ?? Buffer.alloc(HEADER_LENGTH);
    const event = type.fromBuffer(bytes.subarray(HEADER_LENGTH)) as RunClosed;
    const [first, ...others] = event.fairness.ranking;
    const forged: RunClosed = {
      ...event,
      sequence: event.sequence + 1,
      fairness: { ...event.fairness, ranking: [{ ...first!, balance: first!.balance + 1 }, ...others] },
    };
    await append(last, Buffer.concat([bytes.subarray(0, HEADER_LENGTH), type.toBuffer(forged)]));

    const { code, objects } = await replay('verify', '--events-only');
    expect(code).to.equal(2);
    const found = objects.slice(0, -1);
    expect(new Set(found.map((each) => each['channelId']))).to.deep.equal(new Set(['C2']));
    expect(found.map((each) => [each['code'], each['field']])).to.deep.include([
      'BALANCE_DIFFERS',
      'fairness.ranking[0].balance',
    ]);

    const { stdout } = await runclose('replay', 'verify', '--events-only');
    expect(stdout).to.match(/^BALANCE_(DIFFERS)? +C2 /m);
  });

  it('names a record that is not an event, from the topic and from a file', async () => {
    await append(await lastEventOf('C3'), Buffer.from('no event'));
    const [summary] = (await replay('verify', '--events-only', '--limit', '0')).objects;
    expect(summary?.['unreadable']).to.have.length(1);

    const file = join(folder, 'with-a-stranger.avro');
    await runclose('replay', 'export', file, '--with-events');
    const ofFile = await replay('verify', '--events-only', '--limit', '0', '--file', file);
    expect(ofFile.objects[0]?.['unreadable']).to.deep.equal(summary?.['unreadable']);
    expect(ofFile.code).to.equal(2);
  });

  const lastEventOf = async (channelId: string): Promise<LogRecord> => {
    const records = await deployment.read(deployment.names.closed);
    const last = records.findLast(({ key }) => key?.toString() === channelId);
    if (last === undefined) throw new Error(`channel ${channelId} has no event`);
    return last;
  };

  const append = async ({ partition, key, headers }: LogRecord, value: Buffer): Promise<void> => {
    const producer = testKafka().producer();
    await producer.connect();
    await producer.send({
      topic: deployment.names.closed,
      messages: [{ partition, key, value, headers: asMessageHeaders(headers) }],
    });
    await producer.disconnect();
  };
});
