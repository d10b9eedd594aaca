import { expect } from 'chai';
import { createTestDatabase, type TestDatabase } from '../../support/database.ts';
import { aClaim, aStore, closeAll, takeLease } from './batches.ts';

const CLAIMS = 200;
const PEOPLE = 3;

describe('the queries of a batch', () => {
  let database: TestDatabase;

  beforeEach(async () => {
    database = await createTestDatabase();
    for (const table of ['channel_ledger', 'channel_member', 'decision', 'partition_lease'])
      await database.query(`ALTER TABLE runclose.${table} SET (autovacuum_enabled = off)`);
  });

  afterEach(() => database.remove());

  const fill = () =>
    database.query(`
      INSERT INTO runclose.channel_ledger (channel_id) SELECT 'C' || n FROM generate_series(1, 20000) n;
      INSERT INTO runclose.channel_member SELECT 'C' || n % 20000, 'X' || n, 0, 0, 0, 0, 0 FROM generate_series(1, 60000) n;
      INSERT INTO runclose.decision (source_offset, revision, source_id, policy_version, outcome, reason, channel_id,
        command_id, run_id, content_hash, body_hash, schema_fingerprint)
      SELECT n, 1, 99, 0, 'closed', 'LOWEST', 'C' || n % 20000, 'x' || n, 'x' || n, '', '', ''
      FROM generate_series(1, 60000) n`);

  const batch = (first: number) =>
    Array.from({ length: CLAIMS }, (_, index) =>
      aClaim({ offset: first + index, channelId: `C${index + 1}` }),
    );

  const rowsRead = async (): Promise<number> => {
    const [row] = await database.query(`
      SELECT sum(seq_tup_read + coalesce(idx_tup_fetch, 0))::int AS n FROM pg_stat_user_tables WHERE schemaname = 'runclose'`);
    const [entries] = await database.query(`
      SELECT sum(idx_tup_read)::int AS n FROM pg_stat_user_indexes WHERE schemaname = 'runclose'`);
    return Number(row?.['n']) + Number(entries?.['n']);
  };

  it('find each row by its key in tables that were empty when the connection was made, and never analyzed', async () => {
    const pool = await database.openPool(1);
    const store = aStore(pool);
    const lease = await takeLease(store);
    // A prepared statement may settle on a plan after five runs.
    for (let offset = 0; offset < 7; offset++)
      await closeAll(store, lease, [aClaim({ offset, channelId: 'C0' })]);
    await fill();
    const before = await rowsRead();
    await closeAll(store, lease, batch(7));
    await closeAll(store, lease, batch(7 + CLAIMS));
    await pool.end();

    // Each batch: a ledger is locked and updated, and each member read and updated; both the entry and the row count.
    const needed = 2 * CLAIMS * (1 + PEOPLE) * 2 * 2;
    expect((await rowsRead()) - before).to.be.within(CLAIMS, 1.5 * needed);
  });
});
