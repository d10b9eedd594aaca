import { expect } from 'chai';
import { adoptCluster } from '../../../src/postgres/lease/clusters.ts';
import { adoptInput } from '../../../src/postgres/lease/topics.ts';
import { channelsOfPerson } from '../../../src/postgres/forgetting/channels-of-person.ts';
import { countBodies } from '../../../src/postgres/forgetting/count-bodies.ts';
import { forgetPage } from '../../../src/postgres/forgetting/forget-page.ts';
import {
  BEGIN,
  type EmittedByNow,
  type ForgettingScope,
  KAFKA_UNKNOWN,
  type Place,
  type StoredBodies,
} from '../../../src/postgres/forgetting/read-page.ts';
import { shortestRetention } from '../../../src/postgres/forgetting/shortest-retention.ts';
import { setPolicy } from '../../../src/postgres/policies.ts';
import type { Database } from '../../../src/postgres/pool.ts';
import { createStoredDecisions } from '../../../src/postgres/replay/stored-decisions.ts';
import type { DecisionStore } from '../../../src/processor/ports/decision-store.ts';
import type { Lease } from '../../../src/processor/ports/lease.ts';
import { until } from '../../support/condition.ts';
import { createTestDatabase, type TestDatabase } from '../../support/database.ts';
import { holdLocks } from '../../support/side-session.ts';
import { A_LOG, aClaim, aStore, closeAll, failureFrom, takeLease, TOPIC } from './batches.ts';

describe('forgetting in stored bodies', () => {
  let database: TestDatabase;
  let pool: Database;
  let owner: Database;
  let store: DecisionStore;
  let lease: Lease;

  before(async () => {
    database = await createTestDatabase();
    pool = await database.openPool();
    owner = await database.openOwnerPool();
  });

  after(async () => {
    await pool.end();
    await owner.end();
    await database.remove();
  });

  beforeEach(async () => {
    await database.empty();
    store = aStore(pool);
    lease = await takeLease(store);
  });

  /** Stores `count` decided commands in one batch. They count as emitted unless `emitted` is false. */
  const decided = async (
    count: number,
    {
      channelId = 'C1',
      from = 0,
      emitted = true,
    }: { channelId?: string; from?: number; emitted?: boolean } = {},
  ): Promise<void> => {
    const claims = Array.from({ length: count }, (_, n) => aClaim({ offset: from + n, channelId }));
    await closeAll(store, lease, claims);
    if (emitted) await store.recordEmitted(lease, from + count);
  };

  const makeOlder = async (days: number, where = 'true'): Promise<void> => {
    for (const table of ['decision', 'decision_event'])
      await database.query(
        `UPDATE runclose.${table} SET stored_at = stored_at - make_interval(days => ${days}) WHERE ${where}`,
      );
  };

  const setRetention = (channelId: string, retentionDays: number) =>
    setPolicy(pool, { channelId, changes: { retentionDays }, by: 'me' });

  const expired = async (): Promise<ForgettingScope> => ({
    kind: 'expired',
    shortestDays: await shortestRetention(owner),
  });

  const person = (userId: string): ForgettingScope => ({ kind: 'person', userId });

  type Run = { due: StoredBodies[]; pages: number };

  /** Replaces every body that is due, and known to be emitted, by one word. Stops after `most` pages. */
  const forgetting = async (
    scope: ForgettingScope,
    {
      mode = 'write',
      channelId,
      most = Infinity,
      emittedByNow = KAFKA_UNKNOWN,
    }: { mode?: 'dry' | 'write'; channelId?: string; most?: number; emittedByNow?: EmittedByNow } = {},
  ): Promise<Run> => {
    const run: Run = { due: [], pages: 0 };
    for (let after: Place | null = BEGIN; after !== null && run.pages < most; run.pages++) {
      const page = await forgetPage(owner, { scope, channelId, after, mode, emittedByNow }, (due) => {
        run.due.push(...due);
        return due
          .filter(({ emission }) => emission === 'known')
          .map((row) => ({ ...row, bodies: { 'run.closed': Buffer.from('forgotten') } }));
      });
      after = page.last;
    }
    return run;
  };

  const commandsOf = (rows: readonly { commandId: string }[]): string[] =>
    rows.map(({ commandId }) => commandId).sort();

  /** The commands whose bodies were rewritten. */
  const forgotten = async (): Promise<unknown[]> =>
    (
      await database.query(
        `SELECT command_id FROM runclose.decision_event WHERE closed = 'forgotten' ORDER BY command_id`,
      )
    ).map((row) => row['command_id']);

  const marks = (): Promise<readonly unknown[]> =>
    database.query(`
      SELECT command_id, closed IS NOT DISTINCT FROM 'forgotten' AS rewritten, forgotten_at IS NOT NULL AS marked,
        forgotten_user_ids AS whose
      FROM runclose.decision_event ORDER BY command_id`);

  it("redacts data older than its channel's retention, by the server's clock", async () => {
    await decided(1, { channelId: 'default', from: 0 });
    await decided(1, { channelId: 'short', from: 1 });
    await decided(1, { channelId: 'long', from: 2 });
    await setRetention('short', 40);
    await setRetention('short', 30);
    await setRetention('long', 365);
    const dueAt = async (days: number): Promise<string[]> => {
      await makeOlder(days);
      const { due } = await forgetting(await expired(), { mode: 'dry' });
      await makeOlder(-days);
      return due.map(({ channelId }) => channelId);
    };
    expect(await dueAt(29)).to.deep.equal([]);
    expect(await dueAt(31)).to.deep.equal(['short']);
    expect(await dueAt(89)).to.deep.equal(['short']);
    expect(await dueAt(91)).to.deep.equal(['default', 'short']);
    expect(await dueAt(366)).to.deep.equal(['default', 'long', 'short']);
  });

  it('does not write when dry', async () => {
    await decided(3);
    await makeOlder(100);
    const { due } = await forgetting(await expired(), { mode: 'dry' });
    expect(commandsOf(due)).to.deep.equal(['command-0', 'command-1', 'command-2']);
    expect(await forgotten()).to.deep.equal([]);
  });

  it('redacts only events that are known to be emitted, and the others the next time', async () => {
    await decided(2);
    await decided(2, { from: 2, emitted: false });
    await makeOlder(100);
    const { due } = await forgetting(await expired());
    expect(due.map(({ commandId, emission }) => `${commandId} ${emission}`)).to.deep.equal([
      'command-0 known',
      'command-1 known',
      'command-2 unknown',
      'command-3 unknown',
    ]);
    expect(await forgotten()).to.deep.equal(['command-0', 'command-1']);
    await store.recordEmitted(lease, 4);
    expect(commandsOf((await forgetting(await expired())).due)).to.deep.equal(['command-2', 'command-3']);
    expect(await forgotten()).to.have.length(4);
    expect((await forgetting(await expired())).due).to.deep.equal([]);
  });

  it('believes Kafka if Kafka knows of more, in this partition of this cluster', async () => {
    await decided(3, { emitted: false });
    const otherLease = await takeLease(store, 1);
    await closeAll(store, otherLease, [aClaim({ offset: 0, commandId: 'other', runId: 'other' })]);
    await makeOlder(100);
    const scope = { clusterId: 'here', topic: TOPIC };
    for (const elsewhere of [
      { ...scope, clusterId: 'there' },
      { ...scope, topic: 'another' },
    ])
      await forgetting(await expired(), { emittedByNow: { scope: elsewhere, through: new Map([[0, 3]]) } });
    expect(await forgotten()).to.deep.equal([]);
    await forgetting(await expired(), { emittedByNow: { scope, through: new Map([[0, 2]]) } });
    expect(await forgotten()).to.deep.equal(['command-0', 'command-1']);
    await store.recordEmitted(lease, 3);
    await forgetting(await expired(), { emittedByNow: { scope, through: new Map([[0, 2]]) } });
    expect(await forgotten()).to.deep.equal(['command-0', 'command-1', 'command-2']);
  });

  it('knows nothing to be emitted of a partition that has never said so, nor of bodies without a decision', async () => {
    await decided(2, { emitted: false });
    await database.query(`UPDATE runclose.partition_lease SET emitted_through = NULL`);
    await database.query(`DELETE FROM runclose.decision WHERE command_id = 'command-1'`);
    await makeOlder(100);
    const { due } = await forgetting(await expired());
    expect(
      due.map(({ emission, schemaFingerprint }) => [emission, schemaFingerprint !== null]),
    ).to.deep.equal([
      ['unknown', true],
      ['unknown', false],
    ]);
    expect(await forgotten()).to.deep.equal([]);
  });

  it('uses the positions that a retired cluster has emitted, and reports what it had not emitted', async () => {
    await decided(1);
    await decided(1, { from: 1, emitted: false });
    await adoptCluster(pool, { clusterId: 'there', topic: TOPIC });
    const lease2 = await takeLease(store, 0, 1, { ...A_LOG, clusterId: 'there' });
    await closeAll(store, lease2, [aClaim({ offset: 0, commandId: 'command-9', runId: 'run-9' })]);
    await store.recordEmitted(lease2, 1);
    await makeOlder(100);
    const { due } = await forgetting(await expired());
    expect(due.map(({ commandId, emission }) => `${commandId} ${emission}`)).to.deep.equal([
      'command-0 known',
      'command-1 retired',
      'command-9 known',
    ]);
    expect(await forgotten()).to.deep.equal(['command-0', 'command-9']);
  });

  it('keeps nothing for a topic that was created again: decisions on the former topic are never emitted', async () => {
    await decided(1);
    await decided(1, { from: 1, emitted: false });
    await adoptInput(pool, { clusterId: 'here', topic: TOPIC });
    await makeOlder(100);
    await forgetting(await expired());
    expect(await forgotten()).to.deep.equal(['command-0', 'command-1']);
    expect(await database.query('SELECT FROM runclose.unemitted_decision')).to.deep.equal([]);
  });

  it('goes in small batches through channels and days, each row once', async () => {
    await decided(450);
    await decided(450, { channelId: 'C2', from: 450 });
    await makeOlder(100, `command_id < 'command-5'`);
    await database.query(`SELECT runclose.create_decision_event_days_at(now() - make_interval(days => 200))`);
    await makeOlder(200, `command_id >= 'command-5'`);
    const scope = await expired();
    expect(await countBodies(owner, scope, undefined)).to.equal(900);
    expect(await countBodies(owner, scope, ['C2'])).to.equal(450);
    const { due, pages } = await forgetting(scope);
    expect(pages).to.equal(5);
    expect(new Set(commandsOf(due)).size).to.equal(900);
    expect(due).to.have.length(900);
    expect(await forgotten()).to.have.length(900);
  });

  it('is finished by the next run if one was ended half-way', async () => {
    await decided(500);
    await makeOlder(100);
    await forgetting(await expired(), { most: 1 });
    expect(await forgotten()).to.have.length(200);
    const { due } = await forgetting(await expired());
    expect(due).to.have.length(300);
    expect(await forgotten()).to.have.length(500);
  });

  it('leaves a batch as it was when it is ended in it', async () => {
    await decided(3);
    await makeOlder(100);
    const ended = forgetPage(
      owner,
      {
        scope: await expired(),
        channelId: undefined,
        after: BEGIN,
        mode: 'write',
        emittedByNow: KAFKA_UNKNOWN,
      },
      () => {
        throw new Error('ended');
      },
    );
    expect((await failureFrom(ended)).message).to.contain('ended');
    expect(await forgotten()).to.deep.equal([]);
  });

  it('is limited to one channel on request', async () => {
    await decided(2);
    await decided(2, { channelId: 'C2', from: 2 });
    await makeOlder(100);
    await forgetting(await expired(), { channelId: 'C2' });
    expect(await forgotten()).to.deep.equal(['command-2', 'command-3']);
  });

  it('reaches one person whatever the age, then another, and at last everybody', async () => {
    await decided(2);
    await decided(1, { from: 2, emitted: false });
    await forgetting(person('U1'), { channelId: 'C1' });
    expect(commandsOf((await forgetting(person('U1'), { channelId: 'C1', mode: 'dry' })).due)).to.deep.equal([
      'command-2',
    ]);
    await forgetting(person('U2'), { channelId: 'C1' });
    const whose = ['U1', 'U2'];
    expect(await marks()).to.deep.equal([
      { command_id: 'command-0', rewritten: true, marked: true, whose },
      { command_id: 'command-1', rewritten: true, marked: true, whose },
      { command_id: 'command-2', rewritten: false, marked: false, whose: null },
    ]);
    await store.recordEmitted(lease, 3);
    await makeOlder(100);
    await forgetting(await expired());
    expect(await marks()).to.deep.equal(
      [0, 1, 2].map((n) => ({ command_id: `command-${n}`, rewritten: true, marked: true, whose: null })),
    );
    expect((await forgetting(person('U1'), { channelId: 'C1' })).due).to.deep.equal([]);
  });

  it('knows in which channels somebody has ever taken part', async () => {
    await decided(1);
    await closeAll(store, lease, [aClaim({ offset: 1, channelId: 'C2', userIds: ['U9'] })]);
    await decided(1, { channelId: 'C3', from: 2 });
    expect(await channelsOfPerson(owner, 'U1')).to.deep.equal(['C1', 'C3']);
    expect(await channelsOfPerson(owner, 'U9')).to.deep.equal(['C2']);
    expect(await channelsOfPerson(owner, 'nobody')).to.deep.equal([]);
  });

  it('keeps decisions, their hashes and the ledgers', async () => {
    const kept = () =>
      Promise.all(
        ['decision', 'channel_ledger', 'channel_member'].map((table) =>
          database.query(`SELECT * FROM runclose.${table} ORDER BY 1, 2`),
        ),
      );
    await decided(3);
    await makeOlder(100);
    const before = await kept();
    await forgetting(await expired());
    expect(await kept()).to.deep.equal(before);
  });

  it('is shown to every reader of the decisions', async () => {
    await decided(3);
    await forgetting(person('U1'), { channelId: 'C1', most: 1 });
    await makeOlder(100, `command_id = 'command-1'`);
    await forgetting(await expired());
    await database.query(`DELETE FROM runclose.decision_event WHERE command_id = 'command-2'`);
    const decisions = await createStoredDecisions(pool, { clusterId: 'here', topic: TOPIC }).inRange({
      partition: 0,
      from: 0,
      to: 3,
    });
    expect(decisions.map(({ forgotten: whose }) => whose)).to.deep.equal([['U1'], 'everybody', null]);
  });

  it('marks rows that keep their mark when a day is created for them', async () => {
    const day = new Date().toISOString().slice(0, 10).replaceAll('-', '');
    await database.query(`DROP TABLE runclose.decision_event_${day}`);
    await decided(1);
    await forgetting(person('U1'), { channelId: 'C1' });
    const [before] = await marks();
    expect(before).to.deep.include({ marked: true, whose: ['U1'] });
    await database.query('SELECT runclose.create_decision_event_days()');
    const [{ place } = {}] = await database.query(
      'SELECT relname AS place FROM runclose.decision_event e JOIN pg_class c ON c.oid = e.tableoid',
    );
    expect(place).to.equal(`decision_event_${day}`);
    expect(await marks()).to.deep.equal([before]);
  });

  it('holds up no batch, also of the same channel', async () => {
    await decided(2);
    await makeOlder(100);
    const scope = await expired();
    const others = await holdLocks(
      database,
      `SELECT pg_advisory_xact_lock('runclose.decision_event'::regclass::bigint)`,
    );
    await others.query(`UPDATE runclose.decision_event SET forgotten_at = now()`);
    await decided(2, { from: 2 });
    expect(await failureFrom(forgetting(scope))).to.include({ kind: 'transient', code: 'POSTGRES_BUSY' });
    await others.release();
    expect((await forgetting(scope)).due).to.have.length(2);
  });

  it("is refused to the processor's role, which may not rewrite stored data", async () => {
    await decided(1);
    await makeOlder(100);
    const request = {
      scope: await expired(),
      channelId: undefined,
      after: BEGIN,
      mode: 'write' as const,
      emittedByNow: KAFKA_UNKNOWN,
    };
    expect(await failureFrom(forgetPage(pool, request, (due) => due))).to.include({
      code: 'POSTGRES_MISCONFIGURED',
    });
  });

  describe('and a record that comes again', () => {
    it('fails for good instead of emitting redacted events', async () => {
      await decided(3);
      await forgetting(person('U1'), { channelId: 'C1' });
      const again = closeAll(store, lease, [aClaim({ offset: 1 })], () => {
        throw new Error('nothing is decided');
      });
      const failure = await failureFrom(again);
      expect(failure).to.include({ kind: 'fatal', code: 'STORED_EVENTS_GONE' });
      expect(failure.message).to.contain(`${TOPIC}/0@1`);
    });
  });
});

describe('the queries that forget', () => {
  it('read no further than their page, however much there is', async () => {
    const database = await createTestDatabase();
    const rowsRead = async (): Promise<number> => {
      const [row] = await database.query(`
        SELECT sum(seq_tup_read + coalesce(idx_tup_fetch, 0))::int AS n FROM pg_stat_user_tables WHERE schemaname = 'runclose'`);
      return Number(row?.['n']);
    };
    await database.query(`
      SELECT runclose.create_decision_event_days_at(now() - make_interval(days => n)) FROM generate_series(1, 150, 3) n;
      INSERT INTO runclose.decision_event (stored_at, channel_id, command_id)
      SELECT now() - make_interval(days => n % 150), 'C' || n % 500, 'x' || n FROM generate_series(1, 30000) n`);
    const before = await rowsRead();
    const pool = await database.openOwnerPool(1);
    const scope = { kind: 'expired', shortestDays: 90 } as const;
    let after: Place | null = BEGIN;
    for (let pages = 0; pages < 10 && after !== null; pages++)
      after = (
        await forgetPage(
          pool,
          { scope, channelId: undefined, after, mode: 'write', emittedByNow: KAFKA_UNKNOWN },
          (due) => due,
        )
      ).last;
    await forgetPage(
      pool,
      {
        scope: { kind: 'person', userId: 'U1' },
        channelId: 'C7',
        after: BEGIN,
        mode: 'dry',
        emittedByNow: KAFKA_UNKNOWN,
      },
      () => [],
    );
    await pool.end();
    await untilReported(async () => (await rowsRead()) - before);
    // Each row is read, and found again to be rewritten; of each day, one row more than is needed at the ends of a page.
    expect((await rowsRead()) - before).to.be.within(2_000, 10_000);
    await database.remove();
  });
});

/** A server adds up what a connection has read once it has gone. */
const untilReported = (rows: () => Promise<number>): Promise<void> =>
  until('what was read is reported', async () => (await rows()) > 0);
