import { expect } from 'chai';
import { DEFAULT_CHANNEL_POLICY } from '../../../src/domain/channel-policy.ts';
import { getPolicy, policyHistory, setPolicy } from '../../../src/postgres/policies.ts';
import type { Database } from '../../../src/postgres/pool.ts';
import { createTestDatabase, type TestDatabase } from '../../support/database.ts';
import { aClaim, aStore, closeAll, closeEach, takeLease } from './batches.ts';

describe('the policy of a channel', () => {
  let database: TestDatabase;
  let pool: Database;

  before(async () => {
    database = await createTestDatabase();
    pool = await database.openPool();
  });

  after(async () => {
    await pool.end();
    await database.remove();
  });

  afterEach(() => database.empty());

  it('is the default until somebody changes it', async () => {
    expect(await getPolicy(pool, 'C1')).to.deep.equal(DEFAULT_CHANNEL_POLICY);
    expect(await policyHistory(pool, 'C1')).to.deep.equal([]);
  });

  it('keeps every setting that a change does not name', async () => {
    const adminUserIds = ['U1', 'a "quoted", {braced} \\ id', '語'];
    await setPolicy(pool, {
      channelId: 'C1',
      changes: { policy: 'window-count', windowRuns: 9, adminUserIds },
      by: 'ops',
    });
    const change = await setPolicy(pool, {
      channelId: 'C1',
      changes: { enabled: false, repeat: 'soft' },
      by: 'ops',
    });
    const expected = {
      ...DEFAULT_CHANNEL_POLICY,
      version: 2,
      policy: 'window-count',
      windowRuns: 9,
      adminUserIds,
      enabled: false,
      repeat: 'soft',
    };
    expect(change).to.deep.equal({ policy: expected, changed: true });
    expect(await getPolicy(pool, 'C1')).to.deep.equal(expected);
  });

  it('gets no new version from a change that changes nothing', async () => {
    expect(await setPolicy(pool, { channelId: 'C1', changes: { windowRuns: 5 }, by: 'ops' })).to.deep.equal({
      policy: DEFAULT_CHANNEL_POLICY,
      changed: false,
    });
    await setPolicy(pool, { channelId: 'C1', changes: { windowRuns: 6 }, by: 'ops' });
    expect(
      (await setPolicy(pool, { channelId: 'C1', changes: { windowRuns: 6 }, by: 'ops' })).changed,
    ).to.equal(false);
    expect(await policyHistory(pool, 'C1')).to.have.length(1);
  });

  it('applies to the next batch, and says after which decision', async () => {
    const store = aStore(pool);
    const lease = await takeLease(store);
    await closeAll(store, lease, [
      aClaim({ offset: 0 }),
      aClaim({ offset: 1 }),
      aClaim({ offset: 2, channelId: 'C2' }),
    ]);
    await setPolicy(pool, { channelId: 'C1', changes: { policy: 'least-recent' }, by: 'Dana' });
    const next = [aClaim({ offset: 3 }), aClaim({ offset: 4, channelId: 'C2' })];
    await closeAll(store, lease, next, (state) => {
      expect(state.channel('C1').policy).to.deep.include({ version: 1, policy: 'least-recent' });
      expect(state.channel('C1').revision).to.equal(3);
      expect(state.channel('C2').policy).to.deep.equal(DEFAULT_CHANNEL_POLICY);
      return closeEach(next)(state);
    });
    const [version] = await policyHistory(pool, 'C1');
    expect(version).to.deep.include({ afterRevision: 2, by: 'Dana' });
    expect(version?.changedAt).to.be.closeTo(Date.now(), 60_000);
    expect(
      await database.query(
        `SELECT revision::int, policy_version FROM runclose.decision WHERE channel_id = 'C1' ORDER BY revision`,
      ),
    ).to.deep.equal([
      { revision: 1, policy_version: 0 },
      { revision: 2, policy_version: 0 },
      { revision: 4, policy_version: 1 },
    ]);
  });

  it('gets one version after the other when several people change it at once', async () => {
    await Promise.all(
      [1, 2, 3, 4].map((n) =>
        setPolicy(pool, { channelId: 'C1', changes: { windowRuns: 10 + n }, by: `person ${n}` }),
      ),
    );
    const history = await policyHistory(pool, 'C1');
    expect(history.map(({ policy, afterRevision }) => [policy.version, afterRevision])).to.deep.equal([
      [1, 0],
      [2, 1],
      [3, 2],
      [4, 3],
    ]);
  });
});
