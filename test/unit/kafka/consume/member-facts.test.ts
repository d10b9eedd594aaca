import { expect } from 'chai';
import { assignerWith, factsOf } from '../../../../src/kafka/consume/member-facts.ts';
import { AssignerProtocol, PartitionAssigners } from '../../../../src/kafka/patches/kafkajs.ts';

const FACTS = { instance: 'an id', version: '1.2.3', startedAt: 1_767_225_600_000, httpPort: 8080 };
const CONFIG = {} as Parameters<typeof PartitionAssigners.roundRobin>[0];

const subscription = (userData: Buffer | string): Buffer =>
  AssignerProtocol.MemberMetadata.encode({ version: 0, topics: ['t'], userData: Buffer.from(userData) });

describe('What a member says about its process', () => {
  it('stands in its subscription, beside its topics, under the name of the usual assigner', () => {
    const usual = PartitionAssigners.roundRobin(CONFIG).protocol({ topics: ['t'] });
    const ours = assignerWith(FACTS)(CONFIG).protocol({ topics: ['t'] });
    expect(ours.name).to.equal(usual.name);
    expect(AssignerProtocol.MemberMetadata.decode(ours.metadata)?.topics).to.deep.equal(['t']);
    expect(factsOf(ours.metadata)).to.deep.equal(FACTS);
    expect(factsOf(usual.metadata)).to.equal(null);
  });

  const others: readonly (readonly [string, Buffer])[] = [
    ['is empty, as during a rebalance', Buffer.alloc(0)],
    ['is cut off', subscription(JSON.stringify(FACTS)).subarray(0, 12)],
    ['is another client’s', subscription(Buffer.from([0, 1, 2, 255]))],
    ['is JSON of another kind', subscription('null')],
    ['has a version that is no text', subscription(JSON.stringify({ ...FACTS, version: 1 }))],
    ['has a time that no date can have', subscription(JSON.stringify({ ...FACTS, startedAt: 1e300 }))],
    ['has no port', subscription(JSON.stringify({ ...FACTS, httpPort: 70_000 }))],
  ];
  for (const [title, bytes] of others)
    it(`is unknown if the subscription ${title}`, () => {
      expect(factsOf(bytes)).to.equal(null);
    });
});
