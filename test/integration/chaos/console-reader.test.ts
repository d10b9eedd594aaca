import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { startConsoleReader } from '../../../scripts/chaos/evidence/console-reader.ts';
import { asMessageHeaders } from '../../../src/kafka/records/headers.ts';
import { until } from '../../support/condition.ts';
import { createRawProducer } from '../../support/raw-producers.ts';
import { createTestTopics, kafkaBrokers, type TestTopics } from '../../support/topics.ts';

describe('Kafka’s own consumer, as the witness of a chaos run', function () {
  this.timeout(60_000);
  let topics: TestTopics;
  let folder: string;

  before(async () => {
    topics = await createTestTopics(1);
    folder = mkdtempSync(join(tmpdir(), 'runclose-reader-'));
  });

  after(async () => {
    rmSync(folder, { recursive: true });
    await topics.remove();
  });

  it('returns every byte of committed records, and nothing of other records', async () => {
    const topic = topics.names.deadLetters;
    const everyByte = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
    const headers = [
      ['a', everyByte],
      ['toString', null],
      ['a', Buffer.from('again')],
    ] as const;
    const reader = startConsoleReader({
      topic,
      brokers: kafkaBrokers().join(','),
      logFile: join(folder, 'log'),
    });
    const upstream = await createRawProducer(topics, 'upstream');
    const producer = topics.client.producer();
    try {
      await upstream.write(topic, 'aborted');
      await upstream.abort();
      await producer.connect();
      const messages = [
        { key: everyByte, value: everyByte, headers: asMessageHeaders(headers), timestamp: '17' },
        { key: null, value: null, headers: {} },
        { key: '', value: '', headers: {} },
      ];
      await producer.send({ topic, messages });
      await until('all three are read', () => reader.count() === 3, 40_000);
    } finally {
      await Promise.all([reader.close(), upstream.close(), producer.disconnect()]);
    }
    const [full, absent, empty] = reader.records();
    expect(full).to.deep.include({ partition: 0, timestamp: 17, key: everyByte, value: everyByte, headers });
    expect(absent).to.deep.include({ key: null, value: null, headers: [] });
    expect(empty).to.deep.include({ key: Buffer.alloc(0), value: Buffer.alloc(0) });
    expect(reader.contradictions()).to.deep.equal([]);
  });
});
