import { expect } from 'chai';
import { InvalidArgumentError } from 'commander';
import { refuseCompacted, topicName } from '../../../../src/cli/replay/emit-target.ts';
import type { KafkaClient } from '../../../../src/kafka/client.ts';

/** A client to whose questions about settings the broker answers with this error. */
const refusing = (type: string): Pick<KafkaClient, 'admin'> => {
  const admin = {
    connect: () => Promise.resolve(),
    disconnect: () => Promise.resolve(),
    listTopics: () => Promise.resolve(['target']),
    fetchTopicMetadata: () => Promise.resolve({ topics: [] }),
    describeConfigs: () => Promise.reject(Object.assign(new Error(type), { type })),
  };
  return { admin: () => admin as unknown as ReturnType<KafkaClient['admin']> };
};

describe('The topic that events are emitted into', () => {
  it('has a name as Kafka allows it', () => {
    for (const name of ['new-subscriber', 'a', 'A.b_c-9', 'x'.repeat(249)])
      expect(topicName(name)).to.equal(name);
    for (const name of ['', '.', '..', 'a/b', 'a b', 'ä', 'x'.repeat(250)])
      expect(() => topicName(name), name).to.throw(InvalidArgumentError, 'letters, digits');
  });

  it('is said to be unchecked where nobody may know whether it is compacted', async () => {
    const [said] = await refuseCompacted(refusing('TOPIC_AUTHORIZATION_FAILED'), 'target');
    expect(said).to.include('whether target is compacted').and.to.include('the right to describe');
  });

  it('is not taken for one that is not compacted when the broker fails', async () => {
    const failure: unknown = await refuseCompacted(refusing('UNKNOWN'), 'target').catch(
      (thrown: unknown) => thrown,
    );
    expect(failure).to.include({ code: 'KAFKA_UNKNOWN' });
  });
});
