import { expect } from 'chai';
import { AssignerProtocol } from '../../../../src/kafka/patches/kafkajs.ts';
import { repaired } from '../../../support/repaired-kafkajs.ts';

type Assignment = { memberId: string; memberAssignment: Buffer };
type CreateAssigner = (options: object) => {
  name: string;
  assign(group: object): Promise<readonly Assignment[]>;
};

describe('The leader of a group', () => {
  const createAssigner = repaired('consumer/assigners/roundRobinAssigner/index.js') as CreateAssigner;
  let warnings: string[];
  beforeEach(() => {
    warnings = [];
  });

  const assigned = async (
    members: Readonly<Record<string, readonly string[]>>,
    counts: Readonly<Record<string, number>>,
    own: readonly string[],
  ): Promise<Record<string, unknown>> => {
    const cluster = {
      addMultipleTargetTopics: ([topic = '']: readonly string[]) =>
        topic in counts ? Promise.resolve() : Promise.reject(new Error('TOPIC_AUTHORIZATION_FAILED')),
      findTopicPartitionMetadata: (topic: string) =>
        Array.from({ length: counts[topic] ?? 0 }, (_, partitionId) => ({ partitionId })),
    };
    const logger = { warn: (message: string) => warnings.push(message) };
    const { MemberMetadata, MemberAssignment } = AssignerProtocol;
    const assignment = await createAssigner({ cluster, logger }).assign({
      topics: own,
      members: Object.entries(members).map(([memberId, topics]) => ({
        memberId,
        memberMetadata: MemberMetadata.encode({ version: 0, topics: [...topics], userData: Buffer.alloc(0) }),
      })),
    });
    return Object.fromEntries(
      assignment.map(({ memberId, memberAssignment }) => [
        memberId,
        MemberAssignment.decode(memberAssignment)?.assignment,
      ]),
    );
  };

  it('spreads equal subscriptions evenly', async () => {
    expect(await assigned({ a: ['t', 'u'], b: ['t', 'u'] }, { t: 3, u: 3 }, ['t', 'u'])).to.deep.equal({
      a: { t: [0, 2], u: [1] },
      b: { t: [1], u: [0, 2] },
    });
  });

  it('gives each topic to the members that subscribe to it, its own or not', async () => {
    expect(await assigned({ a: ['t'], b: ['u'] }, { t: 2, u: 2 }, ['t'])).to.deep.equal({
      a: { t: [0, 1] },
      b: { u: [0, 1] },
    });
    expect(await assigned({ a: ['t'], b: ['t', 'u'] }, { t: 2, u: 2 }, ['t'])).to.deep.equal({
      a: { t: [0] },
      b: { t: [1], u: [0, 1] },
    });
  });

  it('leaves a member without a partition if there are more members than partitions', async () => {
    expect(await assigned({ a: ['t'], b: ['t'] }, { t: 1 }, ['t'])).to.deep.equal({ a: { t: [0] }, b: {} });
  });

  it('warns of a topic of others that it may not see', async () => {
    expect(await assigned({ a: ['t'], b: ['secret'] }, { t: 1 }, ['t'])).to.deep.equal({
      a: { t: [0] },
      b: {},
    });
    expect(warnings).to.deep.equal([
      'secret is assigned to no member: the leader of the group may not see it; grant the leader DESCRIBE on the topic',
    ]);
  });

  it('keeps the name of the assignor, so that members of both versions are one group', () => {
    expect(createAssigner({}).name).to.equal('RoundRobinAssigner');
  });
});
