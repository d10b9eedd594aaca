import { expect } from 'chai';
import type { KafkaClient } from '../../../src/kafka/client.ts';
import { topicNames } from '../../../src/kafka/topic-names.ts';
import { createTransactionalOutput } from '../../../src/kafka/transactional-output.ts';
import { failureOf, type Failure } from '../../../src/processor/failure.ts';
import type { Emission, EventType } from '../../../src/processor/ports.ts';

const event = (type: EventType): Emission => ({
  kind: 'event',
  type,
  key: Buffer.from('C1'),
  value: Buffer.from('body'),
  headers: [],
});

describe('the transactional output', () => {
  let asked: string[];

  /** A client whose transactions answer each send like this. */
  const outputOver = (acknowledged: readonly object[]) => {
    const ask =
      (what: string, answer?: unknown) =>
      (given?: { topic?: string }): Promise<unknown> => {
        asked.push([what, given?.topic].filter(Boolean).join(' '));
        return Promise.resolve(answer);
      };
    const transaction = {
      send: ask('send', acknowledged),
      sendOffsets: ask('sendOffsets'),
      commit: ask('commit'),
    };
    const producer = {
      connect: ask('connect'),
      transaction: ask('transaction', transaction),
      disconnect: ask('disconnect'),
    };
    const client = { producer: () => producer } as unknown as KafkaClient;
    return createTransactionalOutput({ client, groupId: 'runclose', names: topicNames('') });
  };

  beforeEach(() => {
    asked = [];
  });

  it('sends each topic by itself, then the offset, then commits', async () => {
    const producer = await outputOver([{ partition: 0 }]).fence(0);
    await producer.publish([event('run.closed'), event('run.summary')], 1);
    expect(asked).to.deep.equal([
      'connect',
      'transaction',
      'send run.closed',
      'send run.summary',
      'sendOffsets',
      'commit',
    ]);
  });

  it('commits nothing when the client has dropped records of a partition that it does not know', async () => {
    const producer = await outputOver([]).fence(3);
    const failure: Failure = await producer.publish([event('run.closed')], 1).then(
      () => expect.fail('it was published'),
      (thrown: unknown) => failureOf(thrown),
    );
    expect(failure).to.include({ kind: 'transient', code: 'KAFKA_NOT_ACKNOWLEDGED' });
    expect(failure.message).to.include('run.closed/3');
    expect(asked).to.not.include('commit');
    expect(asked.at(-1), 'a producer is disposable').to.equal('disconnect');
  });
});
