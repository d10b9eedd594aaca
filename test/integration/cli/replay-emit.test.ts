import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text as textOf } from 'node:stream/consumers';
import { expect } from 'chai';
import { count as counted } from '../../../src/domain/words/count.ts';
import { asMessageHeaders } from '../../../src/kafka/records/headers.ts';
import { replayGroupOf } from '../../../src/kafka/names/joined-names.ts';
import type { LogRecord } from '../../../src/kafka/records/log-record.ts';
import { createPartitionReader } from '../../../src/kafka/read/partition-reader.ts';
import { partitionOf } from '../../../src/wire/partitioner.ts';
import { manyCommands } from '../../support/commands.ts';
import { until } from '../../support/condition.ts';
import { createDeployment, type Deployment } from '../../support/deployment.ts';
import { changeGroupOffsets } from '../../support/kafka-tools.ts';
import { createRegistryStub } from '../../support/registry-stub.ts';
import { runRunclose } from '../../support/runclose-process.ts';
import { exitOf, startProcess } from '../../support/serve-process.ts';
import { testKafka } from '../../support/topics.ts';

type Json = Readonly<Record<string, unknown>>;

const COMMANDS = 300;
const REJECTED = 6;
const CLOSED = COMMANDS - REJECTED;
const PARTITIONS = 3;

describe('replay emit', function () {
  this.timeout(180_000);
  let deployment: Deployment;
  let folder: string;
  const targets: string[] = [];

  const target = async (partitions = PARTITIONS, cleanupPolicy = 'delete'): Promise<string> => {
    const topic = `${deployment.groupId}.target-${String(targets.length)}`;
    targets.push(topic);
    await deployment.admin.createTopics({
      topics: [
        {
          topic,
          numPartitions: partitions,
          configEntries: [{ name: 'cleanup.policy', value: cleanupPolicy }],
        },
      ],
      waitForLeaders: true,
    });
    return topic;
  };

  const emit = async (...args: string[]): Promise<Json> => {
    const { code, stdout, stderr } = await deployment.runclose('replay', 'emit', ...args, '--json');
    expect(code, stderr).to.equal(0);
    return JSON.parse(stdout) as Json;
  };

  const refused = async (...args: string[]): Promise<string> => {
    const { code, stderr } = await deployment.runclose('replay', 'emit', ...args, '--yes');
    expect(code, stderr).to.equal(64);
    return stderr;
  };

  const readInOrder = async (topic: string): Promise<LogRecord[]> =>
    (await deployment.read(topic)).sort((a, b) => a.partition - b.partition || a.offset - b.offset);

  const bytes = ({ partition, key, value, headers }: LogRecord, dropped = 0) => ({
    partition,
    key,
    value,
    headers: headers.slice(0, headers.length - dropped),
  });

  /** The source position of each event, once for each copy. */
  const ids = (records: readonly LogRecord[]): string[] =>
    records.map(({ headers }) => String(headers.findLast(([name]) => name === 'source-offset')?.[1])).sort();

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'runclose-test-'));
    deployment = await createDeployment(PARTITIONS);
    const serving = await deployment.serve();
    await deployment.publish(...manyCommands(COMMANDS));
    await deployment.settled();
    serving.signal('SIGTERM');
    await serving.exited;
  });
  after(async () => {
    await deployment.admin.deleteTopics({ topics: targets });
    await deployment.remove();
    await rm(folder, { recursive: true });
  });

  it('writes nothing without --yes, and shows what would be sent', async () => {
    const topic = await target();
    expect(await emit('--to-topic', topic)).to.include({
      done: false,
      sent: CLOSED,
      sentBefore: 0,
      purged: 0,
    });
    expect(await deployment.read(topic)).to.deep.equal([]);
    const { stdout, stderr } = await deployment.runclose('replay', 'emit', '--to-topic', topic);
    expect(stdout).to.include(
      `${String(CLOSED)} events would be sent to ${topic}, each to its own partition`,
    );
    expect(stderr).to.include('--yes');
  });

  it('writes key, body and headers byte for byte and one header more, to the same partition, once', async () => {
    const topic = await target();
    expect(await emit('--to-topic', topic, '--id', 'r1', '--yes')).to.include({ sent: CLOSED, replay: 'r1' });
    const copies = await readInOrder(topic);
    const originals = await readInOrder(deployment.names.closed);
    expect(copies.map((copy) => bytes(copy, 1))).to.deep.equal(originals.map((original) => bytes(original)));
    for (const { headers } of copies)
      expect(headers.at(-1)).to.deep.equal(['runclose-replay', Buffer.from('r1')]);

    await deployment.admin.deleteGroups([
      replayGroupOf(deployment.groupId, { target: topic, replayId: 'r1' }),
    ]);
    expect(await emit('--to-topic', topic, '--id', 'r1', '--yes')).to.include({
      sent: 0,
      sentBefore: CLOSED,
    });
    expect(await deployment.read(topic)).to.have.length(CLOSED);
    expect(await emit('--to-topic', topic, '--id', 'r2', '--yes'), 'another replay').to.include({
      sent: CLOSED,
    });
  });

  it('partitions by key if the topics have different numbers of partitions, and accepts several types', async () => {
    const topic = await target(5);
    const all = ['run.closed', 'run.summary', 'run.close.rejected'].flatMap((type) => ['--type', type]);
    const result = await emit('--to-topic', topic, ...all, '--yes');
    expect(result).to.include({ sent: 2 * CLOSED + REJECTED, partitioning: 'by-key' });
    const copies = await deployment.read(topic);
    expect(copies).to.have.length(2 * CLOSED + REJECTED);
    for (const { key, partition } of copies)
      expect(partition).to.equal(partitionOf(key ?? Buffer.alloc(0), 5));
  });

  it("sends the other channels' events when it is run for all after one channel", async () => {
    const topic = await target();
    expect(await emit('--to-topic', topic, '--channel', 'C1', '--yes')).to.include({ sent: COMMANDS / 20 });
    expect(await emit('--to-topic', topic, '--yes')).to.include({
      sent: CLOSED - COMMANDS / 20,
      sentBefore: COMMANDS / 20,
    });
    expect(new Set(ids(await deployment.read(topic))).size).to.equal(CLOSED);
  });

  it('takes them from a file too, which are the same events', async () => {
    const file = join(folder, 'history.avro');
    await deployment.runclose('replay', 'export', file, '--with-events');
    const topic = await target();
    expect(
      await emit('--to-topic', topic, '--file', file, '--from', 'latest').catch(() => 'refused'),
    ).to.equal('refused');
    expect(await emit('--to-topic', topic, '--file', file, '--yes')).to.include({ sent: CLOSED, purged: 0 });
    const originals = await readInOrder(deployment.names.closed);
    const copies = await readInOrder(topic);
    expect(copies.map((copy) => bytes(copy, 1))).to.deep.equal(originals.map((original) => bytes(original)));
    expect(await emit('--to-topic', topic, '--yes')).to.include({ sent: 0, sentBefore: CLOSED });
  });

  it('gives events of a file the ids that their schemas have in the registry of today', async () => {
    const file = join(folder, 'other-ids.avro');
    await deployment.runclose('replay', 'export', file, '--with-events');
    const registry = await createRegistryStub(deployment.env['SCHEMA_REGISTRY_URL'] ?? '');
    registry.shiftIds(1_000);
    try {
      const topic = await target();
      const args = ['replay', 'emit', '--to-topic', topic, '--file', file, '--yes'];
      const { code, stderr } = await runRunclose(args, {
        ...deployment.env,
        SCHEMA_REGISTRY_URL: registry.url,
      });
      expect(code, stderr).to.equal(0);
      const [originals, copies] = [await readInOrder(deployment.names.closed), await readInOrder(topic)];
      const idOf = ({ value }: LogRecord): number => value?.readInt32BE(1) ?? 0;
      const bodies = (records: readonly LogRecord[]) => records.map(({ value }) => value?.subarray(5));
      expect(copies.map(idOf)).to.deep.equal(originals.map((original) => idOf(original) + 1_000));
      expect(bodies(copies)).to.deep.equal(bodies(originals));
    } finally {
      await registry.close();
    }
  });

  it('refuses topics that events do not belong into', async () => {
    const { names } = deployment;
    expect(await refused('--to-topic', names.requested)).to.include('must not get events');
    expect(await refused('--to-topic', names.closed)).to.include(
      `--to-topic ${names.closed} --live ${names.closed}`,
    );
    expect(await refused('--to-topic', names.summary, '--live', names.summary)).to.include(
      '--type run.summary',
    );
    expect(await refused('--to-topic', await target(), '--to', 'committed')).to.include(
      'committed is a position',
    );
    expect(await refused('--to-topic', 'a/b'))
      .to.include("'a/b' is invalid")
      .and.to.include('letters, digits');
    const missing = await deployment.runclose('replay', 'emit', '--to-topic', 'nowhere');
    expect(missing.code).to.equal(78);
    expect(missing.stderr).to.include(`with ${String(PARTITIONS)} partitions`);
    const whole = await target();
    const part = whole.slice(`${deployment.groupId}.`.length);
    const unprefixed = await deployment.runclose('replay', 'emit', '--to-topic', part);
    expect(unprefixed.stderr)
      .to.include(`there is no topic ${part}`)
      .and.to.include(`did you mean ${whole}?`);
  });

  it('looks for its own topics before the one that it was given', async () => {
    const child = startProcess(['replay', 'emit', '--to-topic', 'nowhere'], {
      ...deployment.env,
      TOPIC_PREFIX: 'wrong.',
    });
    const [said, code] = await Promise.all([textOf(child.stderr), exitOf(child)]);
    expect(code).to.equal(78);
    expect(said).to.include('there is no topic wrong.run.closed to read events from: check TOPIC_PREFIX');
  });

  it('refuses a compacted topic, which would lose copies', async () => {
    for (const policy of ['compact', 'compact,delete']) {
      const topic = await target(PARTITIONS, policy);
      expect(await refused('--to-topic', topic)).to.include(`${topic} is compacted (cleanup.policy is `);
      expect(await deployment.read(topic)).to.deep.equal([]);
    }
  });

  it('refuses a range that ends before it starts, and names a channel without events', async () => {
    const topic = await target();
    expect(await refused('--to-topic', topic, '--from', '5', '--to', '2')).to.include('the range is empty');
    const unknown = await deployment.runclose('replay', 'emit', '--to-topic', topic, '--channel', 'C-1');
    expect(unknown).to.include({ code: 0 });
    expect(unknown.stderr).to.include('No event of channel C-1 was read: check the id');
  });

  describe('with events of its own', () => {
    let other: Deployment;
    const count = 30_000;

    /** Events as if a processor had emitted them. */
    const invent = async (from: number, to: number): Promise<void> => {
      const producer = testKafka().producer();
      await producer.connect();
      for (let at = from; at < to; at += 1_000) {
        const messages = Array.from({ length: Math.min(1_000, to - at) }, (_, index) => {
          const n = at + index;
          const headers = [
            ['ce_type', 'run.closed'],
            ['source-offset', `${other.names.requested}/${String(n % PARTITIONS)}/${String(n)}`],
          ] as const;
          return {
            key: `C${String(n % 20)}`,
            value: Buffer.alloc(300, 'x'),
            partition: n % PARTITIONS,
            headers: asMessageHeaders(headers),
          };
        });
        await producer.send({ topic: other.names.closed, messages });
      }
      await producer.disconnect();
    };

    const start = (topic: string) =>
      startProcess(['replay', 'emit', '--to-topic', topic, '--no-database', '--yes'], other.env);

    /** Waits until more is readable in the topic than that; resolves with how far it is then. */
    const written = async (topic: string, before = 0): Promise<number> => {
      const reader = createPartitionReader(testKafka());
      const partitions = Array.from({ length: PARTITIONS }, (_, partition) => ({ topic, partition }));
      let end = 0;
      await until('something was sent', async () => {
        end = (await reader.bounds(partitions)).reduce((sum, { stable }) => sum + stable, 0);
        return end > before;
      });
      await reader.close();
      return end;
    };

    const expectEachOnce = async (topic: string, expected: number): Promise<void> => {
      const found = ids(await other.read(topic));
      expect(found).to.have.length(expected);
      expect(new Set(found).size).to.equal(expected);
    };

    const again = async (topic: string, ...more: string[]): Promise<Json> => {
      const { code, stdout, stderr } = await other.runclose(
        ...['replay', 'emit', '--to-topic', topic, '--no-database', '--yes', '--json'],
        ...more,
      );
      expect(code, stderr).to.equal(0);
      return JSON.parse(stdout) as Json;
    };

    before(async () => {
      other = await createDeployment(PARTITIONS);
      await invent(0, count);
    });
    after(() => other.remove());

    it('emits each once though it was killed in the middle', async () => {
      const topic = await target();
      const child = start(topic);
      await written(topic);
      child.kill('SIGKILL');
      await exitOf(child);
      expect((await again(topic))['sent']).to.be.within(1, count - 1);
      await expectEachOnce(topic, count);
    });

    it('ends when it is interrupted, says what this run has sent, and resumes later', async () => {
      const topic = await target();
      const before = Number((await again(topic, '--channel', 'C1'))['sent']);
      expect(before).to.equal(count / 20);
      const end = await written(topic);
      const child = start(topic);
      let said = '';
      child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
      await written(topic, end);
      child.kill('SIGINT');
      expect(await exitOf(child)).to.equal(130);
      const sent = (await other.read(topic)).length;
      expect(sent).to.be.within(before + 1, count - 1);
      expect(said).to.include(`Interrupted: this run has sent ${counted(sent - before, 'event')}.`);
      expect(await again(topic)).to.include({ sent: count - sent, sentBefore: sent });
      await expectEachOnce(topic, count);
    });

    it('emits each event once even if two runs overlap', async () => {
      const topic = await target();
      const codes = await Promise.all([start(topic), start(topic)].map(exitOf));
      expect(codes, 'one of them at least comes to its end').to.include(0);
      await again(topic);
      await expectEachOnce(topic, count);
    });

    it("does not send copies again that the target’s retention has removed, if the group's offset shows them", async () => {
      const topic = await target();
      await again(topic);
      await other.admin.fetchTopicOffsets(topic);
      await other.admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: '-1' }] });
      expect(await again(topic)).to.include({ sent: 0 });
      await invent(count, count + 30);
      expect(await again(topic)).to.include({ sent: 30 });
    });
  });

  it('emits into a live topic when it is named twice, and the processor is not misled', async () => {
    const { names, groupId } = deployment;
    const live = ['--to-topic', names.closed, '--live', names.closed];
    expect(await emit(...live, '--yes')).to.include({ sent: CLOSED });
    expect(await emit(...live, '--yes')).to.include({ sent: 0, sentBefore: CLOSED, copies: CLOSED });
    const before = (await deployment.outcomes()).sort();

    await changeGroupOffsets({ ...deployment, groupId, topic: names.requested }, '--to-earliest');
    const serving = await deployment.serve();
    await deployment.settled();
    expect((await deployment.outcomes()).sort(), 'nothing was emitted again').to.deep.equal(before);
    await deployment.publish(...manyCommands(40, COMMANDS));
    await deployment.settled();
    serving.signal('SIGTERM');
    await serving.exited;
    const closed = (await deployment.read(names.closed)).length;
    expect(closed - 2 * CLOSED).to.equal(39);

    const verified = await deployment.runclose('replay', 'verify');
    expect(verified.code, verified.stdout).to.equal(0);
    const alone = await deployment.runclose('replay', 'verify', '--events-only');
    expect(alone.code, alone.stdout).to.equal(0);
  });

  it('refuses purged events, by name and count, unless a flag leaves them out', async () => {
    const topic = await target();
    const { names, database, admin } = deployment;
    await database.query(`
      UPDATE runclose.decision_event SET forgotten_at = now() WHERE command_id IN ('command-250', 'command-251')`);
    const [first] = await admin.fetchTopicOffsets(names.closed);
    const low = 10 + Number(first?.low);
    await admin.deleteTopicRecords({
      topic: names.closed,
      partitions: [{ partition: first?.partition ?? 0, offset: String(low) }],
    });
    const removed = (await deployment.runclose('replay', 'emit', '--to-topic', topic, '--yes')) as {
      readonly code: number;
      readonly stderr: string;
    };
    expect(removed.code).to.equal(1);
    expect(removed.stderr).to.match(/run\.closed of run-\d+ in C\d+, decided at \d@\d+: the event is gone/);
    expect(removed.stderr).to.match(/run\.closed of run-250 in C10, .*: its personal data was forgotten/);
    expect(removed.stderr).to.include('--skip-purged');
    expect(await deployment.read(topic), 'nothing was written').to.deep.equal([]);

    const { sent, purged } = await emit('--to-topic', topic, '--skip-purged', '--yes');
    expect(purged).to.equal(CLOSED + 39 - Number(sent));
    expect(Number(purged)).to.be.greaterThan(2);
    const copied = ids(await deployment.read(topic));
    expect(copied).to.have.length(Number(sent));

    const file = join(folder, 'later.avro');
    await deployment.runclose('replay', 'export', file, '--with-events');
    const lacking = await deployment.runclose('replay', 'emit', '--to-topic', topic, '--file', file);
    expect(lacking.code).to.equal(1);
    expect(lacking.stderr).to.include(`${String(purged)} events of this range are purged`);
    const since = await emit('--to-topic', topic, '--from', String(low), '--channel', 'C3');
    expect(since, 'from there on nothing is missing in this channel').to.include({ purged: 0 });
  });
});
