import { expect } from 'chai';
import { createTestDatabase, type TestDatabase } from '../../support/database.ts';
import { runRunclose, type Ended } from '../../support/runclose-process.ts';

describe('runclose channel', function () {
  this.timeout(60_000);
  let database: TestDatabase;
  before(async () => {
    database = await createTestDatabase();
  });
  after(() => database.remove());

  const runclose = (...args: string[]): Promise<Ended> =>
    runRunclose(['channel', ...args], {
      DATABASE_URL: database.settings.url,
      // Never asked, but set, so that nothing is taken from the checkout's own stack.
      KAFKA_BROKERS: 'unused:9092',
      SCHEMA_REGISTRY_URL: 'http://unused',
      USER: 'ada',
    });

  const json = async (...args: string[]): Promise<Record<string, unknown>> => {
    const { code, stdout } = await runclose(...args, '--json');
    expect(code).to.equal(0);
    return JSON.parse(stdout) as Record<string, unknown>;
  };

  const DEFAULTS = {
    enabled: true,
    policy: 'fair-share',
    windowRuns: 5,
    repeat: 'strict',
    adminUserIds: [],
    remindersEnabled: true,
    reminderOffsetMinutes: 5,
    retentionDays: 90,
  };

  it('shows the defaults of a channel that nobody has configured', async () => {
    expect(await json('get', 'C1')).to.deep.equal({ channelId: 'C1', version: 0, ...DEFAULTS });
    const { stderr } = await runclose('get', 'C1');
    expect(stderr).to.include('Nobody has configured C1: these are the defaults.');
  });

  it('changes the given settings, shows their former values, and keeps all others', async () => {
    const flags = ['--policy', 'least-recent', '--admin', 'U1', '--admin', 'U2', '--reminders', 'false'];
    const { code, stdout, stderr } = await runclose('set', 'C2', ...flags);
    expect([code, stdout]).to.deep.equal([
      0,
      'policy fair-share → least-recent\nadmins none → U1, U2\nreminders true → false\n',
    ]);
    expect(stderr).to.equal('C2 has version 1 now, by ada. It applies to every run closed from now on.\n');

    const changed = { policy: 'least-recent', adminUserIds: ['U1', 'U2'], remindersEnabled: false };
    expect(await json('get', 'C2')).to.deep.equal({ channelId: 'C2', version: 1, ...DEFAULTS, ...changed });
  });

  it('makes no version for a change without effect', async () => {
    await json('set', 'C3', '--enabled', 'false');
    const again = await runclose('set', 'C3', '--enabled', 'false');
    expect([again.stdout, again.stderr]).to.deep.equal(['', 'Nothing to change: C3 stays at version 1.\n']);
  });

  it('remembers who changed what, and when', async () => {
    await json('set', 'C4', '--admin', 'U1', '--by', 'ben');
    await json('set', 'C4', '--no-admins', '--window-runs', '50');
    const { stdout } = await runclose('history', 'C4', '--json');
    const versions = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(
      versions.map(({ version, by, afterRevision, changes }) => ({ version, by, afterRevision, changes })),
    ).to.deep.equal([
      {
        version: 1,
        by: 'ben',
        afterRevision: 0,
        changes: [{ setting: 'adminUserIds', from: [], to: ['U1'] }],
      },
      {
        version: 2,
        by: 'ada',
        afterRevision: 1,
        changes: [
          { setting: 'windowRuns', from: 5, to: 50 },
          { setting: 'adminUserIds', from: ['U1'], to: [] },
        ],
      },
    ]);
    expect(versions[0]?.['changedAt']).to.match(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    expect((await runclose('history', 'C4')).stdout)
      .to.include('from run 1 on')
      .and.to.match(/window-runs 5 → 50;/);
    expect((await runclose('history', 'C5')).stderr).to.include('Nobody has configured C5');
  });
});
