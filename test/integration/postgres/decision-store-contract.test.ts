import { randomUUID } from 'node:crypto';
import type { Database } from '../../../src/postgres/pool.ts';
import { decisionStoreContract } from '../../support/contract/decision-store.ts';
import { createTestDatabase, type TestDatabase } from '../../support/database.ts';
import { aStore } from './batches.ts';

describe('the decision store on Postgres keeps the contract: it', () => {
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

  decisionStoreContract(() => ({
    store: aStore(pool),
    newHolder: randomUUID,
    restLease: async () => {
      await database.query(`UPDATE runclose.partition_lease SET used_at = used_at - interval '31 seconds'`);
    },
    loseWhatIsStored: async () => {
      await database.query('UPDATE runclose.partition_lease SET next_offset = NULL');
    },
  }));
});
