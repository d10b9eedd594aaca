import { expect } from 'chai';
import { checkLag } from '../../../../src/operations/doctor/checks/lag.ts';
import type { Instance } from '../../../../src/operations/status/instances.ts';
import type { PartitionStatus } from '../../../../src/operations/status/partition-status.ts';

const OWNER = { clientId: 'runclose', host: 'h', instance: 'i', version: '1.0.0', startedAt: null };
const INSTANCE = { clientId: 'runclose', host: 'h', partitions: [3], breakers: null } as unknown as Instance;

const waiting = (changed: Partial<PartitionStatus> = {}): PartitionStatus => ({
  ...{
    topic: 'T',
    partition: 3,
    owner: OWNER,
    epoch: 1,
    committed: 10,
    end: 36,
    lagRecords: 26,
    lagSeconds: 12,
  },
  ...{ heldBack: null, deadLetters: 0, alarms: [] },
  ...changed,
});

const found = async (before: PartitionStatus, after: PartitionStatus = before, instances = [INSTANCE]) => {
  const look = () => Promise.resolve({ statuses: [after], instances });
  const [finding] = await checkLag({ statuses: [before] }, look, 0);
  return [finding?.status, finding?.code, finding?.message];
};

describe('Of the commands that wait, doctor names', () => {
  it('those that their owner does not decide, such as those of a killed process', async () => {
    expect(await found(waiting())).to.deep.equal([
      'fault',
      'lag-too-old',
      '26 records of T/3 wait, the oldest for 12 s, and none is decided. Owner: runclose at h, whose HTTP port does not answer here',
    ]);
  });

  it('none that came just now, and none of a queue that moves', async () => {
    expect((await found(waiting({ lagSeconds: 4 })))[0]).to.equal('ok');
    expect((await found(waiting(), waiting({ committed: 11 })))[0]).to.equal('ok');
    expect((await found(waiting(), waiting({ lagSeconds: 0 })))[0]).to.equal('ok');
  });

  it('none that another check reports: an alarm, no owner, or another application as the owner', async () => {
    const alarms = [{ code: 'INPUT_GAP', message: 'm' }];
    expect((await found(waiting({ alarms })))[0]).to.equal('ok');
    for (const owner of [null, { ...OWNER, instance: null }])
      expect((await found(waiting({ owner })))[0]).to.equal('ok');
  });
});
