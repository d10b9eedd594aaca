import { expect } from 'chai';
import { listGroups } from '../../../../src/kafka/consume/group-types.ts';
import { array, int32, NO_TAGS, string } from '../../../../src/kafka/protocol/flexible-fields.ts';
import { coordinatorAnswering } from '../../../support/coordinator-answering.ts';

const listed = (groupId: string, protocol: string, state: string, type: string): Buffer =>
  Buffer.concat([...[groupId, protocol, state, type].map(string), NO_TAGS]);

describe('Of the groups of a coordinator', () => {
  const answer = Buffer.concat([
    NO_TAGS, // of the header
    int32(0),
    Buffer.from([0, 0]),
    array([listed('a', 'consumer', 'Stable', 'classic'), listed('b', 'share', 'Empty', 'share')]),
    NO_TAGS,
  ]);

  it('each has a type', async () => {
    const coordinator = coordinatorAnswering({ apiKey: 16, maxVersion: 5, answer });
    expect(await listGroups(coordinator)).to.deep.equal([
      { groupId: 'a', state: 'Stable', type: 'classic' },
      { groupId: 'b', state: 'Empty', type: 'share' },
    ]);
    // The tags of the header, two empty filters, the tags of the body.
    expect(coordinator.bodies).to.deep.equal([Buffer.from([0, 1, 1, 0])]);
  });

  it('none is listed by a coordinator that still loads them, which is an error', async () => {
    const loading = Buffer.concat([NO_TAGS, int32(0), Buffer.from([0, 14]), array([]), NO_TAGS]);
    const thrown = await listGroups(
      coordinatorAnswering({ apiKey: 16, maxVersion: 5, answer: loading }),
    ).catch((error: unknown) => error);
    expect(thrown).to.have.property('type', 'GROUP_LOAD_IN_PROGRESS');
  });

  it('a broker that is older than types names none', async () => {
    const coordinator = coordinatorAnswering({ apiKey: 16, maxVersion: 4, answer });
    expect(await listGroups(coordinator)).to.deep.equal([]);
    expect(coordinator.bodies).to.deep.equal([]);
  });
});
