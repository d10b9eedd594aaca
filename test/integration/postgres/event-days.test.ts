import { expect } from 'chai';
import { sql } from 'slonik';
import { insertEvents } from '../../../src/postgres/batch/write-events.ts';
import { maintainEventDays } from '../../../src/postgres/event-days.ts';
import { migrate } from '../../../src/postgres/migrate.ts';
import type { Database } from '../../../src/postgres/pool.ts';
import type { DecisionStore } from '../../../src/processor/ports/decision-store.ts';
import type { Lease } from '../../../src/processor/ports/lease.ts';
import { createEmptyDatabase, type TestDatabase } from '../../support/database.ts';
import { aClaim, aStore, closeAll, takeLease } from './batches.ts';

describe('the days of stored events', () => {
  let database: TestDatabase;
  let pool: Database;
  let store: DecisionStore;
  let lease: Lease;

  beforeEach(async () => {
    // Migrated now: a clone may have been migrated before midnight.
    database = await createEmptyDatabase();
    await migrate(database.settings);
    pool = await database.openPool(2);
    store = aStore(pool);
    lease = await takeLease(store);
  });

  afterEach(async () => {
    await pool.end();
    await database.remove();
  });

  const day = (distance: number): string =>
    new Date(Date.now() + distance * 86_400_000).toISOString().slice(0, 10);

  const createDaysAt = (distance: number) =>
    database.query(`SELECT runclose.create_decision_event_days_at($1::timestamptz)`, [
      `${day(distance)}T12:00:00Z`,
    ]);

  const dropDaysAt = async (distance: number, keepDays: number): Promise<readonly unknown[]> => {
    const rows = await database.query(
      `SELECT runclose.drop_decision_event_days_at($1::timestamptz, $2)::text AS day`,
      [`${day(distance)}T12:00:00Z`, keepDays],
    );
    return rows.map((row) => row['day']);
  };

  /** Where the bodies of each command are. */
  const places = async (): Promise<Record<string, string>> => {
    const rows = await database.query(
      `SELECT command_id, relname AS place FROM runclose.decision_event e JOIN pg_class c ON c.oid = e.tableoid ORDER BY 1`,
    );
    return Object.fromEntries(rows.map((row) => [row['command_id'], row['place']])) as Record<string, string>;
  };

  const placeOf = (date: string): string => `decision_event_${date.replaceAll('-', '')}`;

  const tables = (...distances: readonly number[]): string =>
    distances.map((distance) => `runclose.${placeOf(day(distance))}`).join(', ');

  /** Makes everything so far look as if it had been stored `days` days earlier. */
  const makeOlder = async (days: number): Promise<void> => {
    await createDaysAt(-days);
    for (const table of ['decision', 'decision_event']) {
      await database.query(
        `UPDATE runclose.${table} SET stored_at = stored_at - make_interval(days => ${days})`,
      );
    }
  };

  it('are there from the first day on, with those ahead', async () => {
    await closeAll(store, lease, [aClaim({ offset: 0 })]);
    expect(await places()).to.deep.equal({ 'command-0': placeOf(day(0)) });
    expect(await maintainEventDays(pool, 14)).to.deep.equal({ created: [], dropped: [] });
  });

  it('are created ahead by the processor, though it may create no tables', async () => {
    await database.query(`DROP TABLE ${tables(1, 2)}`);
    expect(await maintainEventDays(pool, 14)).to.deep.equal({ created: [day(1), day(2)], dropped: [] });
  });

  it('are created once, however many processors ask', async () => {
    await database.query(`DROP TABLE ${tables(0, 1, 2)}`);
    const reports = await Promise.all([maintainEventDays(pool, 14), maintainEventDays(pool, 14)]);
    expect(reports.flatMap(({ created }) => created)).to.deep.equal([day(0), day(1), day(2)]);
  });

  it('take over the events that were stored while they were missing', async () => {
    await database.query(`DROP TABLE ${tables(0)}`);
    const claims = [aClaim({ offset: 0 })];
    await closeAll(store, lease, claims);
    expect(await places()).to.deep.equal({ 'command-0': 'decision_event_default' });
    expect((await maintainEventDays(pool, 14)).created).to.deep.equal([day(0)]);
    expect(await places()).to.deep.equal({ 'command-0': placeOf(day(0)) });
    await closeAll(store, lease, claims, (state) => {
      expect(state.emitted(0)).to.have.keys('run.closed', 'run.summary');
      return { decisions: [], duplicates: [], ledgers: [] };
    });
  });

  it('are dropped once they ended longer ago than bodies are kept', async () => {
    await closeAll(store, lease, [aClaim({ offset: 0 })]);
    await store.recordEmitted(lease, 1);
    await makeOlder(20);
    expect(await places()).to.deep.equal({ 'command-0': placeOf(day(-20)) });
    expect(await dropDaysAt(-7, 14)).to.deep.equal([]);
    expect((await maintainEventDays(pool, 14)).dropped).to.deep.equal([day(-20), day(-19), day(-18)]);
    expect(await places()).to.deep.equal({});
    expect(await database.query('SELECT command_id FROM runclose.decision')).to.have.length(1);
  });

  it('keep events that are not known to be emitted, and drop them once they are', async () => {
    await closeAll(store, lease, [aClaim({ offset: 0 })]);
    await closeAll(store, lease, [aClaim({ offset: 1 })]);
    await makeOlder(20);
    await maintainEventDays(pool, 14);
    expect(await places()).to.deep.equal({ 'command-1': 'decision_event_default' });
    await closeAll(store, lease, [aClaim({ offset: 1 })], (state) => {
      expect(state.emitted(1)).to.have.keys('run.closed', 'run.summary');
      return { decisions: [], duplicates: [], ledgers: [] };
    });
    await maintainEventDays(pool, 14);
    expect(await places()).to.deep.equal({ 'command-1': 'decision_event_default' });
    await store.recordEmitted(lease, 2);
    await maintainEventDays(pool, 14);
    expect(await places()).to.deep.equal({});
  });

  it('cannot be emptied by asking to keep nothing', async () => {
    await closeAll(store, lease, [aClaim({ offset: 0 })]);
    await store.recordEmitted(lease, 1);
    expect((await maintainEventDays(pool, -1000)).dropped).to.deep.equal([]);
    expect(await places()).to.have.keys('command-0');
  });

  it('follow each other over months without a batch that fails', async () => {
    for (let days = 0; days <= 60; days += 2) {
      await createDaysAt(days);
      await dropDaysAt(days, 14);
    }
    const rows = await database.query(
      `SELECT count(*)::int AS n FROM pg_inherits WHERE inhparent = 'runclose.decision_event'::regclass`,
    );
    expect(rows).to.deep.equal([{ n: 17 + 1 }]);
    await closeAll(store, lease, [aClaim({ offset: 0 })]);
    expect(await places()).to.deep.equal({ 'command-0': 'decision_event_default' });
  });

  it('let batches continue while they are created', async () => {
    await closeAll(store, lease, [aClaim({ offset: 0 })]);
    const claims = [aClaim({ offset: 1 })];
    await pool.transaction(async (transaction) => {
      await transaction.query(sql.unsafe`${insertEvents([decisionOn(claims[0]!)])}`);
      await createDaysAt(30);
    });
    expect(await places()).to.have.keys('command-0', 'command-1');
  });
});

const decisionOn = ({ channelId, commandId, runId, offset }: ReturnType<typeof aClaim>) => ({
  channelId,
  commandId,
  runId,
  offset,
  contentHash: Buffer.alloc(32),
  outcome: 'rejected' as const,
  reason: 'UNAUTHORIZED',
  sequence: null,
  runnerUserId: null,
  policyVersion: 0,
  revision: 1,
  bodies: { 'run.close.rejected': Buffer.from('body') },
});
