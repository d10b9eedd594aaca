import { expect } from 'chai';
import { relocateBrokers } from '../../../support/kafka-proxy/broker-addresses.ts';
import { refusedWith } from '../../../support/kafka-proxy/error-answer.ts';
import { array, framed, int16, int32, string } from '../../../support/kafka-proxy/fields.ts';
import { inTransaction } from '../../../support/kafka-proxy/matches.ts';
import { readRequest, type KafkaRequest } from '../../../support/kafka-proxy/request.ts';
import { asKafkajs, type Answer } from './kafkajs-protocol.ts';

const producer = { transactionalId: 'group.topic.3', producerId: '7', producerEpoch: 1 };
const topics = [
  { topic: 'one', partitions: [0, 3] },
  { topic: 'two', partitions: [3] },
];
const offsets = [{ topic: 'one', partitions: [{ partition: 3, offset: '5', metadata: null }] }];
const messages = [{ key: Buffer.from('k'), value: Buffer.from('v'), headers: {} }];
const topicData = [{ topic: 'one', partitions: [{ partition: 3, firstSequence: 0, messages }] }];

/** As kafkajs sends them to Kafka 4. */
const TRANSACTIONAL = [
  ['InitProducerId', 1, { ...producer, transactionTimeout: 20_000 }],
  ['AddPartitionsToTxn', 1, { ...producer, topics }],
  ['Produce', 7, { ...producer, acks: -1, timeout: 1_000, topicData }],
  ['AddOffsetsToTxn', 1, { ...producer, groupId: 'group' }],
  ['TxnOffsetCommit', 1, { ...producer, groupId: 'group', topics: offsets }],
  ['EndTxn', 1, { ...producer, transactionResult: true }],
] as const;

const written = async (
  name: string,
  version: number,
  fields: object,
): Promise<{ request: KafkaRequest; answer: Answer }> => {
  const { frame, answer } = await asKafkajs(name, version, fields);
  return { request: readRequest(frame, () => undefined), answer };
};

/** Without its length and correlation id, as kafkajs decodes it. */
const bodyOf = (answer: Buffer): Buffer => answer.subarray(8);

describe('what the Kafka proxy understands', () => {
  for (const [name, version, fields] of TRANSACTIONAL) {
    it(`${name}: who asks, and in whose transaction`, async () => {
      const { request } = await written(name, version, fields);
      expect(request).to.include({ api: name, version, correlationId: 77, clientId: 'a client' });
      expect(request.transactionalId).to.equal('group.topic.3');
      expect(inTransaction(name)(request)).to.equal(true);
      expect(inTransaction(name, 3)(request)).to.equal(true);
      expect(inTransaction(name, 13)(request)).to.equal(false);
    });

    it(`${name}: its refusal is one for kafkajs`, async () => {
      const { request, answer } = await written(name, version, fields);
      const verdict = await refusedWith('INVALID_PRODUCER_EPOCH').question!(request);
      const answerBytes = (verdict as { answer: Buffer }).answer;
      expect(answerBytes.readInt32BE(0), 'length').to.equal(answerBytes.length - 4);
      expect(answerBytes.readInt32BE(4), 'correlation id').to.equal(77);
      const refused = await answer
        .decode(bodyOf(answerBytes))
        .then((decoded) => answer.parse(decoded))
        .catch((thrown: unknown) => thrown);
      expect(refused).to.include({ type: 'INVALID_PRODUCER_EPOCH' });
    });
  }

  it('a request outside of a transaction', async () => {
    const { request } = await written('Produce', 7, { acks: -1, timeout: 1_000, topicData });
    expect(request.transactionalId).to.equal(null);
    expect(inTransaction('Produce')(request)).to.equal(false);
  });

  it('a request that no test asks for', async () => {
    const { request } = await written('ListGroups', 2, {});
    expect(request).to.include({ api: 'another', transactionalId: null });
  });
});

describe('brokers behind the Kafka proxy', () => {
  const relocate = ({ port }: { port: number }) =>
    Promise.resolve({ host: 'proxy.example', port: port + 10_000 });

  it('are found there by Metadata, whose rest stays as it is', async () => {
    const { request, answer } = await written('Metadata', 6, { topics: ['one'] });
    const rack = (name: string | null) => string(name);
    const broker = (id: number, name: string | null) =>
      Buffer.concat([int32(id), string(`broker-${String(id)}`), int32(9090 + id), rack(name)]);
    const partition = [int16(0), int32(0), int32(1), array([int32(1)]), array([int32(1)]), array([])];
    const topic = [int16(0), string('one'), Buffer.from([0]), array([Buffer.concat(partition)])];
    const before = framed(
      ...[int32(77), int32(0), array([broker(1, null), broker(2, 'r')])],
      ...[string('the cluster'), int32(2), array([Buffer.concat(topic)])],
    );
    const after = await relocateBrokers(request, before, relocate);
    const [asItWas, asItIs] = await Promise.all(
      [before, after].map((each) => answer.decode(bodyOf(each)) as Promise<{ brokers: object[] }>),
    );
    expect(asItIs).to.deep.equal({
      ...asItWas,
      brokers: asItWas!.brokers.map((each, index) => ({
        ...each,
        host: 'proxy.example',
        port: 19_091 + index,
      })),
    });
  });

  for (const [host, port] of [
    ['broker-1', { nodeId: 1, host: 'proxy.example', port: 19_091 }],
    ['', { nodeId: 1, host: '', port: 9_091 }],
  ] as const) {
    it(`are ${host === '' ? 'not found where there are none' : 'found there'} by FindCoordinator`, async () => {
      const { request, answer } = await written('GroupCoordinator', 2, {
        coordinatorKey: 'group',
        coordinatorType: 0,
      });
      const before = framed(
        ...[int32(77), int32(0), int16(0), string(null), int32(1), string(host), int32(9_091)],
      );
      const after = await relocateBrokers(request, before, relocate);
      expect(await answer.decode(bodyOf(after))).to.deep.include({ coordinator: port });
    });
  }
});
