import { expect } from 'chai';
import sinon from 'sinon';
import type { KafkaClient } from '../../../../src/kafka/client/client.ts';
import { partitionOf } from '../../../../src/wire/partitioner.ts';
import { createPublisher } from '../../../../src/kafka/produce/publisher.ts';
import { failureOf } from '../../../../src/processor/failure.ts';
import { until } from '../../../support/condition.ts';

/** A topic with this number of partitions, and producers whose sends get these answers. */
const createStub = (acknowledged: () => Promise<readonly object[]>, partitions: () => number = () => 1) => {
  const stub = { counted: 0, connected: 0, disconnected: 0, partitions: [] as number[] };
  const resolved = () => Promise.resolve();
  const metadata = () => {
    stub.counted++;
    const partitionMetadata = Array.from({ length: partitions() }, (_, partitionId) => ({ partitionId }));
    return Promise.resolve({ topicMetadata: [{ partitionMetadata }] });
  };
  const cluster = {
    connect: resolved,
    disconnect: resolved,
    refreshMetadataIfNecessary: resolved,
    brokerPool: { findConnectedBroker: () => Promise.resolve({ metadata }) },
  };
  const producer = {
    connect: () => Promise.resolve(stub.connected++),
    disconnect: () => Promise.resolve(stub.disconnected++),
    send: async ({ messages }: { messages: readonly { partition: number }[] }) => {
      stub.partitions.push(...messages.map(({ partition }) => partition));
      return acknowledged();
    },
  };
  const publisher = createPublisher({
    cluster: () => cluster,
    producer: () => producer,
  } as unknown as Pick<KafkaClient, 'producer' | 'cluster'>);
  return { stub, publisher };
};

const publisherOver = (acknowledged: readonly object[]) =>
  createStub(() => Promise.resolve(acknowledged)).publisher;

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

  describe('and partitions that are added', () => {
    let clock: sinon.SinonFakeTimers;
    beforeEach(() => {
      clock = sinon.useFakeTimers({ toFake: ['performance'] });
    });
    afterEach(() => {
      clock.restore();
    });

    it('looks for them every ten seconds, and then sends with a producer that knows them', async () => {
      let count = 1;
      const everywhere = [0, 1, 2].map((partition) => ({ partition, baseOffset: '0' }));
      const { publisher, stub } = createStub(
        () => Promise.resolve(everywhere),
        () => count,
      );
      const added = 2;
      const key = ['a', 'b', 'c', 'd', 'e', 'f']
        .map((text) => Buffer.from(text))
        .find((candidate) => partitionOf(candidate, 3) === added);
      const moves = { ...record, key: key ?? expect.fail() };
      await publisher.publish('t', [moves]);
      count = 3;
      clock.tick(9_000);
      await publisher.publish('t', [moves]);
      clock.tick(1_000);
      await publisher.publish('t', [moves]);
      clock.tick(10_000);
      await publisher.publish('t', [moves]);
      await publisher.close();
      expect(stub).to.deep.equal({
        counted: 3,
        connected: 2,
        disconnected: 2,
        partitions: [0, 0, added, added],
      });
    });
  });

  describe('when it is closed', () => {
    it('publishes nothing more, and connects to nothing', async () => {
      const { publisher, stub } = createStub(() => Promise.resolve([{ partition: 0, baseOffset: '7' }]));
      await publisher.close();
      const failure = await publisher.publish('t', [record]).catch((thrown: unknown) => failureOf(thrown));
      expect(failure).to.include({ kind: 'fatal', code: 'PUBLISHER_CLOSED' });
      expect(stub).to.include({ counted: 0, connected: 0 });
      await publisher.close();
    });

    it('first finishes what is under way', async () => {
      let answer: (acknowledged: readonly object[]) => void = () => undefined;
      const { publisher, stub } = createStub(() => new Promise((resolve) => (answer = resolve)));
      const publishing = publisher.publish('t', [record]);
      await until('it is sent', () => stub.partitions.length === 1);
      const closed = publisher.close();
      answer([{ partition: 0, baseOffset: '7' }]);
      expect(await publishing).to.deep.equal([{ topic: 't', partition: 0, offset: 7 }]);
      await closed;
      expect(stub).to.include({ connected: 1, disconnected: 1 });
    });
  });
});
