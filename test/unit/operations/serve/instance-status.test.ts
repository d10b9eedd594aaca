import { expect } from 'chai';
import { instanceStatus, type MemberStatus } from '../../../../src/operations/serve/instance-status.ts';

const INSTANCE = {
  groupId: 'runclose',
  topic: 'run.close.requested',
  instance: 'an id',
  version: '1.2.3',
  startedAt: Date.UTC(2026, 2, 2, 8, 15),
  uptimeSeconds: 61,
};
const CLOSED = { kafka: 'closed', postgres: 'closed', registry: 'closed' } as const;
const GAP = { code: 'INPUT_GAP', message: 'offset 5 is next, but the log begins at 7' } as const;

const position = (partition: number, changes: Partial<MemberStatus['partitions'][number]> = {}) => ({
  partition,
  next: 5,
  lag: { partition, lagRecords: 2, lagSeconds: 1.6, heldBackRecords: 0, heldBackSeconds: 0 },
  retries: null,
  alarms: [],
  ...changes,
});

const member = (state: MemberStatus['state'], changes: Partial<MemberStatus> = {}): MemberStatus => ({
  state,
  breakers: CLOSED,
  partitions: [],
  ...changes,
});

describe('The status of a process', () => {
  it('joins what its workers know: positions, lag, alarms and the worst state of each breaker', () => {
    const status = instanceStatus(INSTANCE, [
      member('member', { partitions: [position(1, { alarms: [GAP] })] }),
      member('member', {
        breakers: { ...CLOSED, postgres: 'open' },
        partitions: [position(0, { retries: 'POSTGRES_UNAVAILABLE' })],
      }),
    ]);
    expect(status).to.deep.equal({
      groupId: 'runclose',
      topic: 'run.close.requested',
      instance: 'an id',
      version: '1.2.3',
      startedAt: '2026-03-02T08:15:00.000Z',
      uptimeSeconds: 61,
      state: 'serving',
      workers: [
        { worker: 1, state: 'member' },
        { worker: 2, state: 'member' },
      ],
      breakers: { ...CLOSED, postgres: 'open' },
      partitions: [
        {
          partition: 0,
          worker: 2,
          next: 5,
          lagRecords: 2,
          lagSeconds: 2,
          retries: 'POSTGRES_UNAVAILABLE',
          alarms: [],
        },
        { partition: 1, worker: 1, next: 5, lagRecords: 2, lagSeconds: 2, retries: null, alarms: [GAP] },
      ],
    });
  });

  const states = (...members: MemberStatus['state'][]) =>
    instanceStatus(
      INSTANCE,
      members.map((state) => member(state)),
    ).state;

  it('is starting, joining, serving, draining or silent', () => {
    expect(instanceStatus(INSTANCE, null)).to.include({ state: 'starting', breakers: null });
    expect(states('joining', 'joining')).to.equal('joining');
    expect(states('joining', 'member', 'silent')).to.equal('serving');
    expect(states('member', 'draining')).to.equal('draining');
    expect(states('silent')).to.equal('silent');
  });

  it('has no breakers if no worker has ever answered', () => {
    expect(instanceStatus(INSTANCE, [member('silent', { breakers: null })]).breakers).to.equal(null);
  });
});
