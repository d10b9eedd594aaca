import { expect } from 'chai';
import { fetchNewerGroup } from '../../../../src/kafka/consume/new-groups.ts';
import { array, int32, NO_TAGS, string } from '../../../../src/kafka/protocol/flexible-fields.ts';
import { coordinatorAnswering } from '../../../support/coordinator-answering.ts';

const GROUP_AUTHORIZATION_FAILED = 30;
const UNSUPPORTED_VERSION = 35;
const GROUP_ID_NOT_FOUND = 69;

const assigned = (topic: string, partitions: readonly number[]): Buffer =>
  Buffer.concat([
    array([
      Buffer.concat([Buffer.alloc(16), string(topic), array(partitions.map((n) => int32(n))), NO_TAGS]),
    ]),
    NO_TAGS,
  ]);

const MEMBER = Buffer.concat([
  ...['member', 'instance', 'rack'].map(string),
  int32(1),
  ...['client', '/10.0.0.1'].map(string),
  array([string('commands')]),
  string(''),
  assigned('commands', [0, 2]),
  assigned('commands', [0, 1, 2]),
  NO_TAGS,
]);

const fetch = (errorCode: number, members: readonly Buffer[] = [], maxVersion = 0) => {
  const described = Buffer.concat([
    Buffer.from([0, errorCode]),
    ...['', 'runclose', 'Stable'].map(string),
    ...[int32(3), int32(3), string('uniform'), array([...members]), int32(0), NO_TAGS],
  ]);
  const answer = Buffer.concat([NO_TAGS, int32(0), array([described]), NO_TAGS]);
  const coordinator = coordinatorAnswering({ apiKey: 69, maxVersion, answer });
  return fetchNewerGroup(coordinator, { groupId: 'runclose', topic: 'commands' });
};

describe('A group of the newer protocol', () => {
  it('has the partitions that its members read now, not those that it is moving to', async () => {
    expect(await fetch(0, [MEMBER])).to.deep.equal({
      state: 'Stable',
      protocolType: 'consumer',
      members: [
        { clientId: 'client', host: '10.0.0.1', partitions: [0, 2], topics: ['commands'], facts: null },
      ],
    });
  });

  for (const code of [UNSUPPORTED_VERSION, GROUP_ID_NOT_FOUND])
    it(`does not exist if the broker answers with error ${String(code)}`, async () => {
      expect(await fetch(code)).to.equal(null);
    });

  it('may exist if the broker does not let this login see it', async () => {
    const error = await fetch(GROUP_AUTHORIZATION_FAILED).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(error).to.have.property('type', 'GROUP_AUTHORIZATION_FAILED');
  });

  it('does not exist for a broker that is older than the protocol', async () => {
    expect(await fetch(0, [MEMBER], -1)).to.equal(null);
  });
});
