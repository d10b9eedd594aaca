import { expect } from 'chai';
import { setPolicy } from '../../../src/postgres/policies.ts';
import { createPool, type Database } from '../../../src/postgres/pool.ts';
import type { BatchWrites, Claim, DecisionStore } from '../../../src/processor/ports/decision-store.ts';
import type { Lease } from '../../../src/processor/ports/lease.ts';
import { createTestDatabase, type TestDatabase } from '../../support/database.ts';
import { startPostgresProxy, type PostgresProxy } from '../../support/postgres-proxy/postgres-proxy.ts';
import { aClaim, aStore, closeAll, rejectEach, takeLease } from './batches.ts';

const NOTHING: BatchWrites = { decisions: [], duplicates: [], ledgers: [] };

describe('the round trips of a batch', () => {
  let database: TestDatabase;
  let proxy: PostgresProxy;
  let pool: Database;
  let store: DecisionStore;
  let lease: Lease;
  /** The first words of each statement that passed the proxy. */
  let statements: string[];

  beforeEach(async () => {
    database = await createTestDatabase();
    proxy = await startPostgresProxy(database.settings.url);
    pool = await createPool({ url: proxy.url, poolSize: 1 }, 'runclose test');
    store = aStore(pool);
    lease = await takeLease(store);
    statements = [];
    proxy.inject({
      when: () => true,
      answer: ({ sql }) => {
        statements.push(sql.trim().split(/\s+/).slice(0, 3).join(' '));
        return 'forward';
      },
    });
  });

  afterEach(async () => {
    await pool.end();
    await proxy.close();
    await database.remove();
  });

  const statementsOf = async (work: Promise<unknown>): Promise<readonly string[]> => {
    statements = [];
    await work;
    return statements;
  };

  const FIVE = [
    'START TRANSACTION',
    'INSERT INTO channel_ledger',
    'SELECT l.source_id, ledger.*,',
    'WITH decisions AS',
    'COMMIT',
  ];

  const hundred = (first: number, of: (index: number) => Partial<Claim> = () => ({})): readonly Claim[] =>
    Array.from({ length: 100 }, (_, index) =>
      aClaim({ offset: first + index, channelId: `C${String(index)}`, ...of(index) }),
    );

  it('are five, for new channels and for known ones', async () => {
    expect(await statementsOf(closeAll(store, lease, hundred(0)))).to.deep.equal(FIVE);
    expect(await statementsOf(closeAll(store, lease, hundred(100)))).to.deep.equal(FIVE);
  });

  it('are five for channels of which some are new, for configured ones, and for new people', async () => {
    await closeAll(store, lease, [aClaim({ offset: 0, channelId: 'C7' })]);
    await setPolicy(pool, { channelId: 'C7', changes: { windowRuns: 10 }, by: 'U1' });
    const mixed = hundred(1, (index) => ({ userIds: ['U1', `new-${String(index)}`] }));
    expect(await statementsOf(closeAll(store, lease, mixed))).to.deep.equal(FIVE);
  });

  it('are five for refused commands, for commands that are known, and for records without a command', async () => {
    const refused = hundred(0);
    expect(await statementsOf(closeAll(store, lease, refused, rejectEach(refused)))).to.deep.equal(FIVE);
    const again = hundred(100, (index) => ({ commandId: `command-${String(index)}` }));
    expect(await statementsOf(closeAll(store, lease, again))).to.deep.equal(FIVE);
    const empty = store.closeRuns(lease, { first: 200, end: 300, storedBefore: 200 }, [], () => NOTHING);
    expect(await statementsOf(empty)).to.deep.equal(FIVE);
  });

  it('are six when records come again, because their events are read as well', async () => {
    const claims = hundred(0);
    await closeAll(store, lease, claims);
    const [begin, lock, read, ...others] = await statementsOf(closeAll(store, lease, claims));
    expect([begin, lock, read]).to.deep.equal(FIVE.slice(0, 3));
    expect(others).to.deep.equal(['SELECT s.source_offset, e.closed,', ...FIVE.slice(3)]);
  });
});
