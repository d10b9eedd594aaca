import { expect } from 'chai';
import { createTransactionalOutput } from '../../../../src/kafka/produce/transactional-output.ts';
import { createInputLog } from '../../../../src/kafka/read/input-log.ts';
import { createPartitionReader } from '../../../../src/kafka/read/partition-reader.ts';
import type { InputRecord } from '../../../../src/processor/ports/input-record.ts';
import type { Emission } from '../../../../src/processor/ports/output.ts';
import type { EventType } from '../../../../src/wire/event-types.ts';
import { until } from '../../../support/condition.ts';
import { readWithKafka } from '../../../support/kafka-tools.ts';
import { createTestTopics, type TestTopics } from '../../../support/topics.ts';

const event = (type: EventType, value: string, source = ''): Emission => ({
  kind: 'event',
  type,
  key: Buffer.from('C1'),
  value: Buffer.from(value),
  headers: [
    ['ce_type', type],
    ['source-offset', source],
  ],
});

describe('The transactional output', function () {
  let topics: TestTopics;
  let output: ReturnType<typeof createTransactionalOutput>;
  let log: ReturnType<typeof createInputLog>;

  before(async () => {
    topics = await createTestTopics(3);
    output = createTransactionalOutput(topics);
    log = createInputLog(topics);
  });

  after(async () => {
    await log.close();
    await topics.remove();
  });

  const visible = async (topic: string, partition: number): Promise<string[]> => {
    const reader = createPartitionReader(topics.client);
    const [bounds] = await reader.bounds([{ topic, partition }]);
    const values: string[] = [];
    for await (const { value } of reader.read([{ topic, partition, from: 0, to: bounds?.stable ?? 0 }])) {
      values.push(String(value));
    }
    await reader.close();
    return values;
  };

  it('makes a batch and its offset visible together, in its own partition, to Kafka’s own consumer too', async () => {
    const producer = await output.fence(1);
    await producer.publish(
      [
        event('run.closed', 'closed'),
        event('run.summary', 'summary'),
        event('run.close.rejected', 'rejected'),
      ],
      42,
    );
    await producer.publish([event('run.closed', 'closed again')], 43);
    await producer.dispose();

    expect(await log.committedOffset(1)).to.equal(43);
    expect(await visible(topics.names.closed, 1)).to.deep.equal(['closed', 'closed again']);
    expect(await visible(topics.names.summary, 1)).to.deep.equal(['summary']);
    expect(await visible(topics.names.rejected, 1)).to.deep.equal(['rejected']);
    expect(
      await readWithKafka(topics.names.closed, { records: 2, print: ['offset', 'key', 'headers'] }),
    ).to.deep.equal([
      'Offset:0\tce_type:run.closed,source-offset:\tC1\tclosed',
      'Offset:2\tce_type:run.closed,source-offset:\tC1\tclosed again',
    ]);
  });

  it('commits an offset without any event', async () => {
    const producer = await output.fence(0);
    await producer.publish([], 7);
    await producer.publish([], 8);
    await producer.dispose();
    // The broker answers before it writes the offset's marker. Fencing waits for the marker; this reader does not.
    await until('the offset is there', async () => (await log.committedOffset(0)) === 8);
  });

  it('refuses a producer that was fenced, and nothing of its batch is seen', async () => {
    const zombie = await output.fence(2);
    await zombie.publish([event('run.closed', 'before')], 1);
    const owner = await output.fence(2);

    const failure = await zombie
      .publish([event('run.closed', 'zombie')], 2)
      .catch((thrown: unknown) => thrown);
    expect(failure).to.include({ name: 'Failure', kind: 'fenced' });
    const second = await zombie.publish([], 2).catch((thrown: unknown) => thrown);
    expect(second).to.include({ code: 'KAFKA_PRODUCER_DISPOSED' });

    await owner.publish([event('run.closed', 'after')], 2);
    await owner.dispose();
    expect(await visible(topics.names.closed, 2)).to.deep.equal(['before', 'after']);
    expect(await log.committedOffset(2)).to.equal(2);
  });

  it('writes a dead letter byte for byte, with the reason behind its own headers', async () => {
    const record: InputRecord = {
      offset: 5,
      key: Buffer.from([0xff, 0x00]),
      value: Buffer.from([1, 2, 3]),
      timestamp: 1_234_567,
      headers: [
        ['b', Buffer.from('1')],
        ['a', null],
        ['b', Buffer.from([0xfe])],
        ['__proto__', Buffer.from('p')],
        ['toString', Buffer.alloc(0)],
        ['10', Buffer.from('x')],
        ['2', null],
      ],
    };
    const bare: InputRecord = { offset: 6, key: null, value: null, timestamp: 1, headers: [] };
    const poison = { code: 'WRONG_MAGIC_BYTE', message: 'the first byte is 1' };
    const producer = await output.fence(0);
    await producer.publish(
      [record, bare].map((input): Emission => ({ kind: 'dead-letter', record: input, poison })),
      9,
    );
    await producer.dispose();

    const reader = createPartitionReader(topics.client);
    const letters = [];
    for await (const letter of reader.read([
      { topic: topics.names.deadLetters, partition: 0, from: 0, to: 2 },
    ])) {
      letters.push(letter);
    }
    await reader.close();
    const reason = (offset: string) =>
      Object.entries({
        topic: topics.names.requested,
        partition: '0',
        offset,
        stage: 'VALUE_CONVERTER',
        'class.name': 'runclose.avro.RecordCodec',
        'exception.class.name': 'WRONG_MAGIC_BYTE',
        'exception.message': 'the first byte is 1',
      }).map(([name, value]) => [`__connect.errors.${name}`, Buffer.from(value)]);
    const at = { topic: topics.names.deadLetters, partition: 0 };
    expect(letters).to.deep.equal([
      { ...at, ...record, offset: 0, headers: [...record.headers, ...reason('5')] },
      { ...at, ...bare, offset: 1, headers: reason('6') },
    ]);
    const [seen] = await readWithKafka(topics.names.deadLetters, {
      records: 2,
      print: ['headers', 'timestamp'],
    });
    expect(seen)
      .to.include('CreateTime:1234567')
      .and.to.include('__proto__:p,toString:,10:x,2:null,__connect.errors.topic');
  });

  it('emits a batch whose events exceed the size of one request', async () => {
    const producer = await output.fence(1);
    const large = 'x'.repeat(900_000);
    await producer.publish(
      Array.from({ length: 12 }, (_, index) => event('run.summary', `${String(index)}${large}`)),
      100,
    );
    const many = Array.from({ length: 3_000 }, (_, index) => event('run.close.rejected', String(index)));
    await producer.publish(many, 101);
    await producer.dispose();
    expect((await visible(topics.names.summary, 1)).map((value) => value.replace(large, ''))).to.deep.equal([
      'summary',
      ...Array.from({ length: 12 }, (_, index) => String(index)),
    ]);
    expect((await visible(topics.names.rejected, 1)).slice(1)).to.deep.equal(
      many.map((_, index) => String(index)),
    );
  });
});
