import { randomBytes } from 'node:crypto';
import { expect } from 'chai';
import type { CompressionTypes as Compression, Message } from 'kafkajs';
import { asMessageHeaders } from '../../src/kafka/records/headers.ts';
import { CompressionTypes } from '../../src/kafka/patches/kafkajs.ts';
import { setTopicSettings } from '../../src/kafka/topics/topic-admin.ts';
import { bomb, writingRepetitions, type Codec } from '../support/bombs.ts';
import { manyCommands } from '../support/commands.ts';
import { createDeployment, type Deployment, type Serving } from '../support/deployment.ts';
import { expectPromisesKept, expectSameForKafkasOwnReader } from '../support/promises.ts';
import { untilLogged } from '../support/serve-process.ts';
import { testKafka } from '../support/topics.ts';
import { expectShown, shownAlarms } from '../support/shown-alarms.ts';

const MIB = 1024 * 1024;
/** Repeats at a distance beyond gzip's window and within lz4's. */
const UNLIKE_FOR_GZIP = randomBytes(60_000);

describe('a record that is larger than it looks holds up nobody', function () {
  this.timeout(180_000);
  let deployment: Deployment;
  let serving: Serving;
  beforeEach(async () => {
    deployment = await createDeployment(2);
    serving = await deployment.serve();
  });
  afterEach(() => deployment.remove());

  /** To partition 0. */
  const send = async (
    message: Message,
    sending: (send: (compression: Compression) => Promise<unknown>) => Promise<unknown>,
  ): Promise<void> => {
    const producer = testKafka(deployment.brokers).producer();
    await producer.connect();
    try {
      await sending((compression) =>
        producer.send({
          topic: deployment.names.requested,
          compression,
          messages: [{ partition: 0, ...message }],
        }),
      );
    } finally {
      await producer.disconnect();
    }
  };

  const sendCompressed = (message: Message) => send(message, (write) => write(CompressionTypes.GZIP));

  const sendRepetition = (codec: Codec, pattern: Buffer, length: number) =>
    send({ key: 'C1', value: Buffer.alloc(length, pattern) }, (write) =>
      writingRepetitions(codec, pattern, length, write),
    );

  const letterReasons = async (): Promise<string[]> =>
    (await deployment.read(deployment.names.deadLetters)).map(
      ({ headers }) =>
        headers.findLast(([name]) => name === '__connect.errors.exception.class.name')?.[1]?.toString() ?? '',
    );

  it('whose dead letter fits only compressed', async () => {
    await deployment.publish(...manyCommands(20));
    const value = Buffer.alloc(9 * MIB, 'spoilt ');
    await sendCompressed({ key: 'C1', value });
    await deployment.publish(...manyCommands(20, 20));
    await deployment.settled();
    const outputs = await expectPromisesKept(deployment);
    const letters = outputs.filter(({ topic }) => topic === deployment.names.deadLetters);
    expect(letters.map((letter) => letter.value?.equals(value))).to.deep.equal([true]);
    await expectSameForKafkasOwnReader(deployment, outputs);
  });

  it('that carries a large header or key: only the key reaches its events', async () => {
    const value = await deployment.encode({ commandId: 'good', runId: 'good' });
    const large = 'x'.repeat(900_000);
    for (const name of ['traceparent', 'other'])
      await deployment.send({ key: 'C1', value, headers: asMessageHeaders([[name, large]]) });
    await sendCompressed({ key: 'k'.repeat(9 * MIB), value });
    await sendCompressed({
      key: 'C1',
      value,
      headers: asMessageHeaders([['traceparent', 'x'.repeat(9 * MIB)]]),
    });
    await deployment.settled();
    const outputs = await expectPromisesKept(deployment);
    expect(outputs.filter(({ topic }) => topic !== deployment.names.deadLetters)).to.have.length(3);
    const [rejected] = outputs.filter(({ topic }) => topic === deployment.names.rejected);
    expect(rejected?.key?.length).to.equal(9 * MIB);
  });

  it('that unfolds to more memory than a batch may take, in each codec', async () => {
    await deployment.publish(...manyCommands(20));
    const before = await memoryOf(serving);
    for (const codec of ['gzip', 'lz4', 'zstd'] as const)
      await sendRepetition(codec, Buffer.alloc(1), 200 * MIB);
    await sendRepetition('snappy', Buffer.alloc(1), 20 * MIB);
    await deployment.publish(...manyCommands(20, 20));
    await deployment.settled();
    await expectPromisesKept(deployment);
    expect((await letterReasons()).sort()).to.deep.equal([
      'UNKNOWN_SCHEMA_ID',
      'UNREADABLE_BATCH',
      'UNREADABLE_BATCH',
      'UNREADABLE_BATCH',
    ]);
    expect((await memoryOf(serving)) - before, 'MiB').to.be.below(400);
    expect(bomb('zstd', 200 * MIB).length).to.be.below(10_000);
    const verified = await deployment.runclose('replay', 'verify');
    expect(verified.code, verified.stdout + verified.stderr).to.equal(0);
  });

  it('whose dead letter cannot be written: its partition raises an alarm, and continues when the record is skipped', async () => {
    const { names } = deployment;
    await deployment.publish(...manyCommands(20));
    await deployment.settled();
    const [{ high } = { high: '' }] = (await deployment.admin.fetchTopicOffsets(names.requested)).filter(
      ({ partition }) => partition === 0,
    );
    const position = `${names.requested}/0@${high}`;
    await sendRepetition('lz4', UNLIKE_FOR_GZIP, 9 * MIB);
    await deployment.publish(...manyCommands(40, 20));
    await untilLogged(serving, 'RECORD_TOO_LARGE');
    const alarm = serving.log.find((line) => line['code'] === 'RECORD_TOO_LARGE');
    expect(JSON.stringify(alarm)).to.include(`runclose skip ${position} --yes`);

    // A restart ends in the same alarm, not in an exit.
    serving.signal('SIGTERM');
    expect(await serving.exited).to.equal(0);
    await expectShown(deployment, serving, 'RECORD_TOO_LARGE');

    const later = await deployment.runclose(
      'skip',
      `${names.requested}/0@${String(Number(high) + 1)}`,
      '--yes',
    );
    expect([later.code, later.stderr]).to.satisfy(([code]: [number]) => code === 1);
    expect(later.stderr).to.include('is next, and is decided first');
    const earlier = await deployment.runclose('skip', `${names.requested}/0@0`, '--yes');
    expect(earlier.code).to.equal(1);
    expect(earlier.stderr).to.include('has passed it');
    expect((await deployment.runclose('skip', 'elsewhere/0@0')).code).to.equal(64);
    expect((await deployment.runclose('skip', 'nothing')).code).to.equal(64);

    const dry = await deployment.runclose('skip', position);
    expect([dry.code, dry.stderr]).to.satisfy(
      ([code, said]: [number, string]) => code === 0 && said.includes('--yes'),
    );
    serving = await deployment.serve();
    await untilLogged(serving, 'RECORD_TOO_LARGE');
    const done = await deployment.runclose('skip', position, '--by', 'ana', '--yes', '--json');
    expect(done.code, done.stderr).to.equal(0);
    expect(JSON.parse(done.stdout)).to.deep.equal({
      topic: names.requested,
      partition: 0,
      offset: Number(high),
      by: 'ana',
      done: true,
    });
    await deployment.settled();
    const [letter, ...more] = await deployment.read(names.deadLetters);
    expect(more).to.deep.equal([]);
    expect(letter).to.deep.include({ key: null, value: null });
    expect(letter?.headers.map(([name, text]) => `${name} ${String(text)}`)).to.include.members([
      '__connect.errors.exception.class.name SKIPPED',
      `__connect.errors.offset ${high}`,
      'runclose-skipped-by ana',
    ]);
    const verified = await deployment.runclose('replay', 'verify');
    expect(verified.code, verified.stdout + verified.stderr).to.equal(0);
    expect(await shownAlarms(deployment)).to.deep.equal([]);
  });

  it('whose time the dead-letter topic refuses: its partition raises an alarm, and continues when the record is skipped', async () => {
    const { names, admin } = deployment;
    await setTopicSettings(admin, names.requested, new Map([['message.timestamp.type', 'CreateTime']]));
    await setTopicSettings(
      admin,
      names.deadLetters,
      new Map([['message.timestamp.before.max.ms', '3600000']]),
    );
    await deployment.send({ partition: 0, value: Buffer.from('spoilt'), timestamp: '1000000000000' });
    await deployment.publish(...manyCommands(20));
    await untilLogged(serving, 'RECORD_REFUSED');
    await expectShown(deployment, serving, 'RECORD_REFUSED');
    const alarm = serving.log.find((line) => line['code'] === 'RECORD_REFUSED');
    const position = `${names.requested}/0@0`;
    expect(JSON.stringify(alarm)).to.include(`runclose skip ${position} --yes`);
    expect((await deployment.runclose('skip', position, '--yes')).code).to.equal(0);
    await deployment.settled();
    expect(await letterReasons()).to.deep.equal(['SKIPPED']);
    const verified = await deployment.runclose('replay', 'verify');
    expect(verified.code, verified.stdout + verified.stderr).to.equal(0);
  });

  it('whose events a topic with a low limit refuses: a decision is not skipped, and goes out when the limit is raised', async () => {
    const { names, admin } = deployment;
    await setTopicSettings(admin, names.summary, new Map([['max.message.bytes', '1000']]));
    await deployment.publish({ commandId: 'c1', runId: 'r1', pickupNote: 'x'.repeat(900) });
    await untilLogged(serving, 'RECORD_TOO_LARGE');
    const [lag] = (await admin.fetchTopicOffsets(names.requested)).filter(({ high }) => high === '1');
    const { code, stderr } = await deployment.runclose(
      'skip',
      `${names.requested}/${String(lag?.partition)}@0`,
      '--yes',
    );
    expect(code).to.equal(1);
    expect(stderr).to.include('its decision is stored');
    expect((await deployment.runclose('setup')).code).to.equal(0);
    await deployment.settled();
    await expectPromisesKept(deployment);
  });
});

/** Resident, in MiB. */
const memoryOf = async ({ httpPort }: Serving): Promise<number> => {
  const metrics = await (await fetch(`http://127.0.0.1:${String(httpPort)}/metrics`)).text();
  const [, bytes] = /^process_resident_memory_bytes (\S+)$/m.exec(metrics) ?? [];
  return Number(bytes) / MIB;
};
