import { expect } from 'chai';
import { repaired } from '../../../support/repaired-kafkajs.ts';

type Entry = { readonly topic: string; readonly messages: readonly { readonly value: string }[] };
type Produce = { readonly topicData: readonly { readonly topic: string }[] };
type Attempt = (bail: (error: Error) => void) => Promise<unknown>;
type Send = (request: { readonly topicMessages: readonly Entry[] }) => Promise<unknown>;
type CreateSendMessages = (parts: object) => Send;
type EosManager = Record<string, (...given: never[]) => unknown>;

const createSendMessages = repaired('producer/sendMessages.js') as CreateSendMessages;
const createEosManager = repaired('producer/eosManager/index.js') as (options: object) => EosManager;

const ignore = (): void => undefined;

describe('A request for two brokers', () => {
  it('is not repeated at a broker that has not answered yet, when the other broker refuses', async () => {
    const asked: string[] = [];
    let refusals = 1;
    let onRefused = ignore;
    const refused = new Promise<void>((resolve) => (onRefused = resolve));
    const answer = ({ topicData }: Produce) => ({
      topics: topicData.map(({ topic }) => ({ topicName: topic, partitions: [{ partition: 0 }] })),
    });
    const refusing = {
      nodeId: 1,
      produce: (request: Produce) => {
        asked.push('closed');
        if (refusals-- === 0) return Promise.resolve(answer(request));
        return Promise.reject(Object.assign(new Error('not the leader'), { retriable: true }));
      },
    };
    const slow = {
      nodeId: 2,
      produce: async (request: Produce) => {
        asked.push('summary');
        await refused;
        return answer(request);
      },
    };
    const leaders: Record<string, number> = { closed: 1, summary: 2 };
    const resolved = Promise.resolve();
    const cluster = {
      retry: { retries: 0 },
      refreshMetadataIfNecessary: () => resolved,
      addMultipleTargetTopics: () => resolved,
      refreshMetadata: () => resolved,
      isConnected: () => true,
      findTopicPartitionMetadata: () => [{}],
      findLeaderForPartitions: (topic: string) => ({ [Number(leaders[topic])]: [0] }),
      findBroker: ({ nodeId }: { nodeId: string | number }) =>
        Promise.resolve(Number(nodeId) === 1 ? refusing : slow),
      findControllerBroker: () =>
        Promise.resolve({ initProducerId: () => Promise.resolve({ producerId: 1, producerEpoch: 0 }) }),
    };
    const logger = { debug: ignore, error: ignore };
    const eosManager = createEosManager({ cluster, logger, transactional: false });
    await eosManager['initProducerId']?.();
    // As kafkajs retries: at once after an attempt has failed. The slow broker answers only when a retry may have begun.
    const retrier = async (attempt: Attempt): Promise<unknown> => {
      for (;;) {
        setImmediate(onRefused);
        try {
          return await attempt(ignore);
        } catch {
          // The next attempt.
        }
      }
    };
    const send = createSendMessages({ cluster, logger, eosManager, retrier, partitioner: () => 0 });
    const answers = await send({
      topicMessages: ['closed', 'summary'].map((topic) => ({ topic, messages: [{ value: 'x' }] })),
    });
    expect(asked).to.deep.equal(['closed', 'summary', 'closed']);
    expect(answers).to.have.deep.members([
      { topicName: 'summary', partition: 0 },
      { topicName: 'closed', partition: 0 },
    ]);
  });
});
