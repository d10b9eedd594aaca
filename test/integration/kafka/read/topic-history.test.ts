import { expect } from 'chai';
import {
  createClusterConnection,
  type ClusterConnection,
} from '../../../../src/kafka/client/cluster-connection.ts';
import { findOutputRanges } from '../../../../src/kafka/read/output-ranges.ts';
import { createPartitionReader, type PartitionReader } from '../../../../src/kafka/read/partition-reader.ts';
import { createTopicHistory, outputTopicsOf } from '../../../../src/kafka/read/topic-history.ts';
import type { HistoryRange, HistoryStep, Place } from '../../../../src/replay/history.ts';
import { createRawProducer, type RawProducer } from '../../../support/raw-producers.ts';
import { createTestTopics, type TestTopics } from '../../../support/topics.ts';

const LONGER_THAN_ANYBODY_WAITS_MS = 120_000;

describe('A history read from the topics', function () {
  this.timeout(60_000);
  let topics: TestTopics;
  let connection: ClusterConnection;
  let reader: PartitionReader;
  let processor: RawProducer;
  let other: RawProducer;

  beforeEach(async () => {
    topics = await createTestTopics();
    connection = createClusterConnection(topics.client);
    reader = createPartitionReader(topics.client, connection);
    processor = await createRawProducer(topics, 'processor');
    other = await createRawProducer(topics, 'other', LONGER_THAN_ANYBODY_WAITS_MS);
  });
  afterEach(async () => {
    await Promise.all([processor.close(), other.close(), connection.close()]);
    await topics.remove();
  });

  /** Publishes a command, and emits what it leads to, as a processor does. */
  const decide = async (offset: number): Promise<void> => {
    const { names } = topics;
    await processor.write(names.requested, `command ${String(offset)}`);
    await processor.commit();
    // The marker that commits it takes an offset too.
    const source = `${names.requested}/0/${String(2 * offset)}`;
    await processor.write(names.closed, `event ${String(offset)}`, { headers: [['source-offset', source]] });
    await processor.commit();
  };

  const whole = (commands: number): readonly HistoryRange[] => [
    { partition: 0, from: 0, to: 2 * commands, complete: true },
  ];

  const read = async (
    ranges: readonly HistoryRange[],
    onBounds: () => Promise<void> = () => Promise.resolve(),
  ): Promise<readonly string[]> => {
    const watched: PartitionReader = {
      ...reader,
      bounds: async (partitions) => {
        const bounds = await reader.bounds(partitions);
        await onBounds();
        return bounds;
      },
    };
    const { names } = topics;
    const history = createTopicHistory({ connection, reader: watched, names, ranges, events: 'with-events' });
    const steps: HistoryStep[] = [];
    for await (const portion of history.steps()) steps.push(...portion);
    return steps.map(textOf);
  };

  it("holds events after another producer's transaction that was open at the start", async () => {
    await decide(0);
    await other.write(topics.names.closed, 'never committed');
    await decide(1);
    let isOpen = true;
    const end = async (): Promise<void> => {
      if (isOpen) await other.abort();
      isOpen = false;
    };
    expect(await read(whole(2), end)).to.deep.equal(['command 0 → event 0', 'command 1 → event 1']);
  });

  it('does not wait for transactions that were opened after the last record that it needs', async () => {
    await decide(0);
    const begin = (): Promise<void> => other.write(topics.names.closed, 'from now on for ever');
    expect(await read(whole(1), begin)).to.deep.equal(['command 0 → event 0']);
    await other.abort();
  });

  it('ends with an error that can be understood if such a transaction stays open', async () => {
    await other.write(topics.names.closed, 'hangs');
    await decide(0);
    const failure: unknown = await read(whole(1)).catch((thrown: unknown) => thrown);
    expect(failure).to.include({ kind: 'transient', code: 'KAFKA_READ_STALLED' });
    expect((failure as Error).message).to.include(`${topics.names.closed}/0 from 0 to `);
    expect((failure as Error).message)
      .to.include('Run this again when the transaction has ended')
      .and.include(`transactional id ${topics.groupId}-`);
    await other.abort();
  });

  it('knows the events of commands that came behind its end', async () => {
    await decide(0);
    const ranges = whole(1);
    await decide(1);
    expect(await read(ranges)).to.deep.equal(['command 0 → event 0']);
  });

  it('starts with the events of its first command, and takes older events after them for strays', async () => {
    for (const offset of [0, 1]) await decide(offset);
    const headers = [['source-offset', `${topics.names.requested}/0/0`]] as const;
    await processor.write(topics.names.closed, 'event 0 again', { headers });
    await processor.commit();
    await decide(2);
    const behindTheFirst = [{ partition: 0, from: 2, to: 6, complete: false }];
    expect(await read(behindTheFirst)).to.deep.equal([
      'stray event 0 again',
      'command 1 → event 1',
      'command 2 → event 2',
    ]);
  });

  it('takes an event without a command for a stray, even if nothing has come since', async () => {
    await decide(0);
    await other.write(topics.names.closed, 'nobody');
    await other.commit();
    const nothingMore = [{ partition: 0, from: 2, to: 2, complete: false }];
    expect(await read(nothingMore)).to.deep.equal(['stray nobody']);
  });

  it('fails if retention is faster, and skips nothing', async () => {
    const { names, client } = topics;
    const [producer, admin] = [client.producer(), client.admin()];
    await Promise.all([producer.connect(), admin.connect()]);
    // kafkajs removes records only where it knows the topic's leaders.
    await admin.fetchTopicOffsets(names.requested);
    const value = Buffer.alloc(1_024);
    for (let sent = 0; sent < 4; sent += 1)
      await producer.send({
        topic: names.requested,
        messages: Array.from({ length: 500 }, () => ({ value })),
      });
    const ranges = [{ partition: 0, from: 0, to: 2_000, complete: true }];
    const history = createTopicHistory({ connection, reader, names, ranges, events: 'with-events' });
    let read = 0;
    const reading = async (): Promise<void> => {
      for await (const { length } of history.steps()) {
        read += length;
        const partitions = [{ partition: 0, offset: '1900' }];
        await admin.deleteTopicRecords({ topic: names.requested, partitions });
      }
    };
    const failure: unknown = await reading().catch((thrown: unknown) => thrown);
    await Promise.all([producer.disconnect(), admin.disconnect()]);
    expect(failure).to.include({ kind: 'fatal', code: 'HISTORY_REMOVED' });
    expect(read).to.be.within(500, 1_500);
  });

  it('resumes after any portion as if it had not been interrupted', async () => {
    const { names, client } = topics;
    const producer = client.producer();
    await producer.connect();
    const numbers = Array.from({ length: 1_750 }, (_, n) => n);
    const event = (source: number, value: string) => ({
      value,
      headers: { 'source-offset': `${names.requested}/0/${String(source)}` },
    });
    /** Some are missing, some stand twice, some too late, and some belong to nobody. */
    const events = numbers.flatMap((n) => {
      if (n % 50 === 7) return [];
      if (n % 50 === 13) return [event(n, String(n)), event(n, `${String(n)} again`)];
      if (n % 50 === 21) return [event(n - 3, `${String(n - 3)} late`), event(n, String(n))];
      if (n % 50 === 40) return [event(n, String(n)), { value: 'nobody' }];
      return [event(n, String(n))];
    });
    await producer.send({
      topic: names.requested,
      messages: numbers.map((n) => ({ value: `command ${String(n)}` })),
    });
    for (const topic of [names.closed, names.summary]) await producer.send({ topic, messages: events });
    await producer.disconnect();

    const ranges = [{ partition: 0, from: 0, to: 1_750, complete: true }];
    const outputs = await findOutputRanges(reader, names.requested, outputTopicsOf(names), ranges);
    const open = () => createTopicHistory({ connection, reader, names, ranges, events: outputs });
    const whole: string[] = [];
    const places: (readonly [number, Place])[] = [];
    const history = open();
    for await (const portion of history.steps()) {
      whole.push(...portion.map(textOf));
      const place = history.place?.();
      if (place !== undefined) places.push([whole.length, place]);
    }
    expect(whole.filter((text) => text.startsWith('stray'))).to.have.length(2 * 2 * 35);
    expect(places).to.have.length.above(2);
    for (const [read, place] of places) {
      const rest: string[] = [];
      for await (const portion of open().steps(place)) rest.push(...portion.map(textOf));
      expect(rest).to.deep.equal(whole.slice(read));
    }
  });
});

const textOf = (step: HistoryStep): string =>
  step.kind === 'stray'
    ? `stray ${String(step.emitted.record.value)}`
    : [step.record, ...step.emitted.map(({ record }) => record)]
        .map(({ value }) => String(value))
        .join(' → ');
