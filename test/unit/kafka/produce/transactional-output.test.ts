import { expect } from 'chai';
import type { KafkaClient } from '../../../../src/kafka/client/client.ts';
import type { OutputRequest } from '../../../../src/kafka/compression/requests.ts';
import { topicNames } from '../../../../src/kafka/names/topic-names.ts';
import { createTransactionalOutput } from '../../../../src/kafka/produce/transactional-output.ts';
import { failureOf, type Failure } from '../../../../src/processor/failure.ts';
import type { Emission } from '../../../../src/processor/ports/output.ts';
import type { EventType } from '../../../../src/wire/event-types.ts';

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
  const outputOver = (acknowledged: readonly object[] | (() => Promise<never>)) => {
    const ask =
      (call: string, answer?: unknown) =>
      (given?: Partial<OutputRequest>): Promise<unknown> => {
        asked.push([call, ...(given?.topicMessages ?? []).map(({ topic }) => topic)].join(' '));
        return Promise.resolve(answer);
      };
    const transaction = {
      sendBatch: typeof acknowledged === 'function' ? acknowledged : ask('send', acknowledged),
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

  const taken = (...topics: readonly string[]) => topics.map((topicName) => ({ topicName, partition: 0 }));

  it('sends all topics in one request, then the offset, then commits', async () => {
    const producer = await outputOver(taken('run.closed', 'run.summary')).fence(0);
    await producer.publish([event('run.closed'), event('run.summary')], 1);
    expect(asked).to.deep.equal([
      'connect',
      'transaction',
      'send run.closed run.summary',
      'sendOffsets',
      'commit',
    ]);
  });

  it('tells a record that cannot be written from a clock that is wrong', async () => {
    const letter: Emission = {
      kind: 'dead-letter',
      record: { offset: 0, key: null, value: null, timestamp: -1, headers: [] },
      poison: { code: 'NULL_VALUE', message: 'none' },
    };
    const codeOf = async (type: string, emission: Emission): Promise<string> => {
      const refusal = Object.assign(new Error('no'), { type, name: 'KafkaJSProtocolError' });
      const producer = await outputOver(() => Promise.reject(refusal)).fence(0);
      return producer.publish([emission], 1).then(
        () => 'published',
        (thrown: unknown) => failureOf(thrown).code,
      );
    };
    expect(await codeOf('MESSAGE_TOO_LARGE', event('run.closed'))).to.equal('RECORD_TOO_LARGE');
    expect(await codeOf('RECORD_LIST_TOO_LARGE', letter)).to.equal('RECORD_TOO_LARGE');
    expect(await codeOf('INVALID_RECORD', event('run.close.rejected'))).to.equal('RECORD_REFUSED');
    expect(await codeOf('INVALID_TIMESTAMP', letter)).to.equal('RECORD_REFUSED');
    expect(await codeOf('INVALID_TIMESTAMP', event('run.closed'))).to.equal('KAFKA_INVALID_TIMESTAMP');
  });

  const failureOver = async (acknowledged: readonly object[]): Promise<Failure> => {
    const producer = await outputOver(acknowledged).fence(0);
    return producer.publish([event('run.closed'), event('run.summary')], 1).then(
      () => expect.fail('it was published'),
      (thrown: unknown) => failureOf(thrown),
    );
  };

  it('commits nothing when the client has dropped records of a partition that it does not know', async () => {
    const failure = await failureOver(taken('run.closed'));
    expect(failure).to.include({ kind: 'transient', code: 'KAFKA_NOT_ACKNOWLEDGED' });
    expect(failure.message).to.include('no broker acknowledged the records for run.summary/0');
    expect(asked).to.not.include('commit');
    expect(asked.at(-1), 'a producer is disposable').to.equal('disconnect');
  });

  it('commits nothing when a second broker acknowledged the records after the leader moved', async () => {
    const failure = await failureOver(taken('run.closed', 'run.closed', 'run.summary'));
    expect(failure).to.include({ kind: 'transient', code: 'KAFKA_NOT_ACKNOWLEDGED' });
    expect(failure.message).to.include('2 brokers acknowledged the records for run.closed/0');
    expect(asked).to.not.include('commit');
  });
});
