import { expect } from 'chai';
import type { KafkaClient } from '../../../src/kafka/client.ts';
import { createPublisher } from '../../../src/kafka/publisher.ts';
import { failureOf } from '../../../src/processor/failure.ts';

/** A topic of one partition, and a producer whose sends are answered like this. */
const publisherOver = (acknowledged: readonly object[]) => {
  const done = () => Promise.resolve();
  const metadata = () => Promise.resolve({ topicMetadata: [{ partitionMetadata: [{ partitionId: 0 }] }] });
  const cluster = {
    connect: done,
    disconnect: done,
    refreshMetadataIfNecessary: done,
    brokerPool: { findConnectedBroker: () => Promise.resolve({ metadata }) },
  };
  const producer = { connect: done, disconnect: done, send: () => Promise.resolve(acknowledged) };
  return createPublisher({
    cluster: () => cluster,
    producer: () => producer,
  } as unknown as Pick<KafkaClient, 'producer' | 'cluster'>);
};

const record = { key: Buffer.from('C1'), value: Buffer.from('x'), headers: [] };

describe('the publisher', () => {
  it('says where each record stands', async () => {
    const publisher = publisherOver([{ partition: 0, baseOffset: '7' }]);
    expect(await publisher.publish('t', [record, record])).to.deep.equal([
      { topic: 't', partition: 0, offset: 7 },
      { topic: 't', partition: 0, offset: 8 },
    ]);
    await publisher.close();
  });

  it('takes nothing for published that no broker has acknowledged', async () => {
    const publisher = publisherOver([]);
    const failure = await publisher.publish('t', [record]).catch((thrown: unknown) => failureOf(thrown));
    expect(failure).to.include({ kind: 'transient', code: 'KAFKA_NOT_ACKNOWLEDGED' });
    await publisher.close();
  });
});
