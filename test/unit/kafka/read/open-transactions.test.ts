import { expect } from 'chai';
import type { Broker, Cluster } from '../../../../src/kafka/patches/kafkajs-internals.ts';
import { array, int32, int64, NO_TAGS, string } from '../../../../src/kafka/protocol/flexible-fields.ts';
import { fetchOpenTransactions } from '../../../../src/kafka/read/open-transactions.ts';

type Sent = {
  readonly request: { readonly apiName: string };
  readonly response: { decode(answer: Buffer): Promise<unknown> };
};

const int16 = (value: number): Buffer => int32(value).subarray(2);
const NO_ERROR = int16(0);
const TOPIC = 't'.repeat(200);

/** Behind the correlation id: the header's tags come first, here one that nobody knows. */
const answer = (...fields: readonly Buffer[]): Buffer =>
  Buffer.concat([Buffer.from([1, 7, 2, 0xff, 0xff]), int32(0), ...fields, NO_TAGS]);

const producer = (id: number, startOffset: number): Buffer =>
  Buffer.concat([...[int64(id), int32(0), int32(5), int64(1_000), int32(3), int64(startOffset)], NO_TAGS]);

const PRODUCERS = answer(
  array([
    Buffer.concat([
      string(TOPIC),
      array([
        Buffer.concat([
          ...[int32(3), NO_ERROR, Buffer.from([0])],
          array([producer(41, 12), producer(42, 9), producer(43, -1)]),
          NO_TAGS,
        ]),
      ]),
      NO_TAGS,
    ]),
  ]),
);

const LISTED = answer(
  NO_ERROR,
  array([]),
  array([Buffer.concat([string('upstream-7'), int64(42), string('Ongoing'), NO_TAGS])]),
);

const DESCRIBED = answer(
  array([
    Buffer.concat([
      ...[NO_ERROR, string('upstream-7'), string('Ongoing'), int32(60_000), int64(500), int64(42), int16(1)],
      array([Buffer.concat([string(TOPIC), array([int32(3)]), NO_TAGS])]),
      NO_TAGS,
    ]),
  ]),
);

const RANGE = { minVersion: 0, maxVersion: 0 };

const clusterThat = (answers: Readonly<Record<string, Buffer>>, versions: object): Cluster => {
  const broker = {
    nodeId: 1,
    versions,
    connectionPool: {
      send: ({ request: { apiName }, response }: Sent) => {
        const given = answers[apiName];
        return given === undefined ? Promise.reject(new Error('Not authorized')) : response.decode(given);
      },
    },
  } as unknown as Broker;
  return {
    addMultipleTargetTopics: () => Promise.resolve(),
    findLeaderForPartitions: (_: string, partitions: readonly number[]) => ({ 1: partitions }),
    findBroker: () => Promise.resolve(broker),
    getNodeIds: () => ['1'],
  } as unknown as Cluster;
};

describe('Open transactions', () => {
  const all = { DescribeProducers: PRODUCERS, ListTransactions: LISTED, DescribeTransactions: DESCRIBED };
  const known = { 61: RANGE, 65: RANGE, 66: RANGE };
  const ask = async (cluster: Cluster) =>
    (await fetchOpenTransactions(cluster, [{ topic: TOPIC, partition: 3 }])).get(`${TOPIC}/3`);
  const transaction = { producerId: 41, transactionalId: null, startOffset: 12, since: 1_000 };

  it('are told with their producer, the oldest first; a transactional id that may not be described is left out', async () => {
    expect(await ask(clusterThat(all, known))).to.deep.equal([
      { producerId: 42, transactionalId: 'upstream-7', startOffset: 9, since: 500 },
      transaction,
    ]);
  });

  it('are known by their producer id alone if no broker lists them', async () => {
    expect(await ask(clusterThat({ DescribeProducers: PRODUCERS }, known))).to.deep.equal([
      { producerId: 42, transactionalId: null, startOffset: 9, since: 1_000 },
      transaction,
    ]);
  });

  it('are not known without the right to read the topic, or to an old broker; that is no failure', async () => {
    expect(await ask(clusterThat({}, known))).to.equal(undefined);
    expect(await ask(clusterThat(all, {}))).to.equal(undefined);
    expect(await fetchOpenTransactions(clusterThat(all, known), [])).to.deep.equal(new Map());
  });
});
