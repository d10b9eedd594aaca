import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import pg from 'pg';
import { manyCommands } from '../../support/commands.ts';
import { until } from '../../support/condition.ts';
import { createEmptyDatabase, type TestDatabase } from '../../support/database.ts';
import { createDeployment, type Deployment, type Serving } from '../../support/deployment.ts';
import { startPostgresProxy } from '../../support/postgres-proxy/postgres-proxy.ts';
import { runRebuild, type Rebuilt } from '../../support/rebuilding.ts';
import { runRunclose, startRunclose } from '../../support/runclose-process.ts';
import { jsonLines, type Json } from '../../support/json-lines.ts';

const RUNNING = 'a rebuild of this database is running: run this again when it has ended';
const TABLES = ['decision', 'channel_ledger', 'channel_member', 'duplicate_command'];

describe('replay rebuild', function () {
  this.timeout(240_000);
  let deployment: Deployment;
  let serving: Serving;
  let folder: string;
  let reportFile: string;

  const rebuild = (...args: string[]): Promise<Rebuilt> => runRebuild(deployment, reportFile, ...args);

  const verify = async (...args: string[]): Promise<Json> => {
    const { stdout, stderr } = await runRunclose(
      ['replay', 'verify', '--json', '--limit', '0', ...args],
      deployment.env,
    );
    return jsonLines(stdout).at(-1) ?? { stderr };
  };

  /** Everything that is stored, as one hash a table; of bodies those that a decision leads to. */
  const contents = async (): Promise<Json> => {
    const all = [...TABLES, 'channel_policy', 'partition_lease'].map((name) => [name, `runclose.${name}`]);
    const bodies = `(SELECT e.* FROM runclose.decision_event e JOIN runclose.decision USING (channel_id, command_id, stored_at))`;
    const hashes = [...all, ['bodies', bodies]].map(
      ([name, rows]) =>
        `(SELECT md5(string_agg(t::text, '' ORDER BY t::text)) FROM ${String(rows)} t) AS ${String(name)}`,
    );
    const [row] = await deployment.database.query(`SELECT ${hashes.join(', ')}`);
    return row as Json;
  };

  const tamper = async (): Promise<void> => {
    const { database } = deployment;
    await database.query(
      `UPDATE runclose.decision SET runner_user_id = 'U9' WHERE command_id = 'command-10'`,
    );
    await database.query(`DELETE FROM runclose.decision WHERE command_id = 'command-12'`);
    await database.query(`
      UPDATE runclose.channel_member SET balance = balance + 1
      WHERE channel_id = 'C11' AND user_id = (SELECT min(user_id) FROM runclose.channel_member WHERE channel_id = 'C11')`);
    await database.query(
      `UPDATE runclose.channel_ledger SET previous_runner = 'U9' WHERE channel_id = 'C13'`,
    );
  };

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'runclose-test-'));
    reportFile = join(folder, 'report.ndjson');
    deployment = await createDeployment(3);
    serving = await deployment.serve();
    await deployment.publish(...manyCommands(100), Buffer.from('garbage'));
    await deployment.settled();
    const set = await deployment.runclose('channel', 'set', 'C1', '--policy', 'window-count');
    expect(set.code, set.stderr).to.equal(0);
    await deployment.publish(...manyCommands(100, 100), ...manyCommands(2));
    await deployment.settled();
  });
  afterEach(async () => {
    await deployment.remove();
    await rm(folder, { recursive: true });
  });

  it('agrees with the stored tables if nothing was touched, and writes nothing outside its shadow', async () => {
    const before = await contents();
    const { code, summary, report } = await rebuild();
    expect(summary).to.deep.include({
      contradictions: 0,
      differences: 0,
      exchanged: false,
      duplicates: 2,
      channels: 20,
    });
    expect(code).to.equal(0);
    expect(report).to.deep.equal([summary]);
    expect(await contents()).to.deep.equal(before);
    expect((await rebuild('--swap')).code).to.equal(0);
    expect(await contents()).to.deep.equal(before);
  });

  it('names every difference, and after the swap there is none, while the processors keep working', async () => {
    await tamper();
    const { code, report } = await rebuild();
    expect(code).to.equal(2);
    const found = report.filter(({ kind }) => kind === 'difference');
    expect(found.map(({ code: what, field }) => `${String(what)} ${String(field)}`).sort()).to.deep.equal([
      'DECISION_ALTERED runnerUserId',
      'DECISION_MISSING row',
      'LEDGER_ALTERED members[U1].balance',
      'LEDGER_ALTERED previousRunner',
    ]);

    // The ledgers of C11 and C13 are wrong in the store. Other channels continue meanwhile.
    const others = manyCommands(400, 1_000).filter(
      ({ channelId }) => !['C11', 'C13'].includes(channelId ?? ''),
    );
    const publishing = (async () => {
      for (let at = 0; at < others.length; at += 20) await deployment.publish(...others.slice(at, at + 20));
    })();
    const exchanged = await rebuild('--swap', '--yes');
    expect(exchanged.code, exchanged.stderr).to.equal(0);
    expect(exchanged.summary).to.deep.include({ exchanged: true });
    expect(exchanged.summary['pauseMs']).to.be.lessThan(2_000);
    await publishing;
    await deployment.publish(...manyCommands(60, 5_000));
    await deployment.settled();

    expect(await verify()).to.deep.include({ divergences: 0, unchecked: [] });
    const outcomes = await deployment.outcomes();
    expect(new Set(outcomes).size).to.equal(outcomes.length);
    expect(serving.log.filter(({ level }) => level === 'fatal')).to.deep.equal([]);
    await viewsAndDaysFollow();
  });

  /** What depends on the exchanged tables by its identity, not by its name. */
  const viewsAndDaysFollow = async (): Promise<void> => {
    const [owed] = await deployment.database.query(
      `SELECT count(*)::int AS count FROM runclose.unemitted_decision`,
    );
    expect(owed?.['count']).to.be.lessThan(100);
    serving.signal('SIGTERM');
    expect(await serving.exited).to.equal(0);
    await deployment.database.query(
      `SELECT runclose.drop_decision_event_days_at(now() + interval '9 days', 1)`,
    );
    const [left] = await deployment.database.query(
      `SELECT count(*)::int AS count FROM runclose.decision_event`,
    );
    expect(left).to.deep.equal({ count: 0 });
    const [grants] = await deployment.database.query(`
      SELECT count(*)::int AS count FROM unnest(ARRAY['${TABLES.join("','")}']) AS t (name)
      WHERE has_table_privilege('runclose_processor', 'runclose.' || name, 'INSERT')`);
    expect(grants).to.deep.equal({ count: TABLES.length });
  };

  it('resumes where it was killed', async () => {
    await deployment.publish(...manyCommands(3_000, 10_000));
    await deployment.settled();
    const first = startRunclose(['replay', 'rebuild', '--report', reportFile], deployment.env);
    const rebuilt = async (): Promise<number> => {
      const rows = await deployment.database
        .query(`SELECT count(*)::int AS count FROM runclose_shadow.decision`)
        .catch(() => []);
      return Number(rows[0]?.['count'] ?? 0);
    };
    await until('some of it is rebuilt', async () => (await rebuilt()) > 0);
    first.kill();
    await first.ended;
    const { code, stderr, summary } = await rebuild('--swap', '--yes');
    expect(stderr).to.include('Resuming the rebuild that was started');
    expect(summary).to.deep.include({ contradictions: 0, differences: 0, exchanged: true });
    expect(code).to.equal(0);
    expect(await verify()).to.deep.include({ divergences: 0, unchecked: [] });
  });

  it('leaves the stored tables as they were if it is killed during the swap', async () => {
    await tamper();
    serving.signal('SIGTERM');
    await serving.exited;
    const before = await contents();
    const reader = new pg.Client(deployment.database.settings.url);
    await reader.connect();
    // The exchange has some of its locks, and waits for this one.
    await reader.query('BEGIN; LOCK TABLE runclose.channel_member IN ACCESS SHARE MODE');
    const first = startRunclose(
      ['replay', 'rebuild', '--swap', '--yes', '--report', reportFile],
      deployment.env,
    );
    await until('the exchange waits', async () => {
      const [row] = await deployment.database.query(`
        SELECT count(*)::int AS count FROM pg_locks WHERE NOT granted AND mode = 'AccessExclusiveLock'
          AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`);
      return Number(row?.['count']) > 0;
    });
    first.kill();
    await first.ended;
    await reader.end();
    expect(await contents()).to.deep.equal(before);

    const { code, summary } = await rebuild('--swap', '--yes');
    expect(summary).to.deep.include({ exchanged: true });
    expect(code).to.equal(0);
    expect(await verify()).to.deep.include({ divergences: 0, unchecked: [] });
  });

  it('is done once, even if the answer to its COMMIT is lost', async () => {
    await tamper();
    const proxy = await startPostgresProxy(deployment.database.settings.url);
    let exchanging = 0;
    proxy.inject({
      when: ({ sql, session }) => {
        if (sql.includes('CREATE OR REPLACE VIEW')) exchanging = session;
        return sql === 'COMMIT' && session === exchanging;
      },
      times: 1,
      answer: () => 'cut',
    });
    try {
      const { code, stdout, stderr } = await runRunclose(
        ['replay', 'rebuild', '--json', '--swap', '--yes', '--report', reportFile],
        { ...deployment.env, DATABASE_URL: proxy.url },
      );
      expect(code, stderr).to.equal(0);
      expect(jsonLines(stdout).at(-1)).to.deep.include({ exchanged: true });
      expect(stderr).not.to.include('Try 1');
    } finally {
      await proxy.close();
    }
    expect(exchanging).to.be.greaterThan(0);
    expect(await verify()).to.deep.include({ divergences: 0, unchecked: [] });
  });

  it('does not end a processor that creates a ledger at that moment', async () => {
    const somebody = new pg.Client(deployment.database.settings.url);
    await somebody.connect();
    // The same new channel, by somebody else: who waits for it here has its locks on the old table.
    await somebody.query(`BEGIN; INSERT INTO runclose.channel_ledger (channel_id) VALUES ('new')`);
    await deployment.publish({ commandId: 'new', runId: 'new', channelId: 'new' });
    const going = rebuild('--swap', '--yes');
    const waiting = `SELECT count(*)::int AS count FROM pg_stat_activity
      WHERE datname = current_database() AND wait_event_type = 'Lock' AND (query LIKE '%LOCK TABLE%' OR query LIKE '%INSERT INTO channel_ledger%')`;
    await until('both wait', async () => {
      const [row] = await deployment.database.query(waiting);
      return Number(row?.['count']) > 1;
    });
    await somebody.query('ROLLBACK');
    await somebody.end();
    const { code, stderr } = await going;
    expect(code, stderr).to.equal(0);
    await deployment.settled();
    expect(serving.log.filter(({ level }) => level === 'fatal')).to.deep.equal([]);
    expect(await verify()).to.deep.include({ divergences: 0, unchecked: [] });
  });

  it('refuses a database on which something else decides as well', async () => {
    await deployment.database.query(`
      INSERT INTO runclose.partition_lease (cluster_id, topic, partition, epoch, holder, group_id, generation)
      VALUES ('a cluster', 'another.topic', 0, 1, gen_random_uuid(), 'g', 1)`);
    const { code, stderr } = await rebuild();
    expect(code).to.equal(1);
    expect(stderr).to.include('another.topic of cluster a cluster');
  });

  it('says that the report cannot be written, and leaves everything as it was', async () => {
    const { code, stderr } = await runRunclose(
      ['replay', 'rebuild', '--report', '/dev/full'],
      deployment.env,
    );
    expect(code).to.equal(1);
    expect(stderr).to.include('writing /dev/full: ENOSPC');
  });

  it('brings nothing back that was forgotten, and nobody forgets while it runs', async () => {
    const { database } = deployment;
    expect((await deployment.runclose('forget', '--user', 'U2', '--yes')).code).to.equal(0);
    // The stored hash differs, so the rebuild encodes new bodies.
    await database.query(
      `UPDATE runclose.decision SET body_hash = 'another' WHERE command_id = 'command-10'`,
    );
    const { code, stderr } = await rebuild('--swap', '--yes');
    expect(code, stderr).to.equal(0);
    const bodies = await database.query(
      `SELECT FROM runclose.decision_event WHERE command_id = 'command-10'`,
    );
    expect(bodies).to.deep.equal([]);
    const verified = await verify();
    expect(verified).to.deep.include({ divergences: 0, unchecked: [] });

    const holder = new pg.Client(database.settings.url);
    await holder.connect();
    await holder.query('SELECT pg_advisory_lock(7238746982375)');
    const refused = await deployment.runclose('forget', '--user', 'U1', '--yes');
    await holder.end();
    const left = await deployment.runclose('forget', '--user', 'U1', '--yes');
    expect(left.stderr).to.include('replay rebuild --drop');
    expect((await deployment.runclose('replay', 'rebuild', '--drop')).code).to.equal(0);
    expect(refused.code).to.equal(1);
    expect(refused.stderr).to.include(RUNNING);
    await database.query(`
      INSERT INTO runclose.decision_event (channel_id, command_id, closed) VALUES ('C1', 'of a rebuild that was given up', 'U1')`);
    expect((await deployment.runclose('forget', '--user', 'U1', '--yes')).code).to.equal(0);
    expect(
      await database.query(
        `SELECT FROM runclose.decision_event WHERE command_id LIKE 'of a rebuild%' AND closed IS NOT NULL`,
      ),
    ).to.deep.equal([]);
  });

  it('restores an empty database: the same decisions and bodies, and processors continue from there', async () => {
    serving.signal('SIGTERM');
    await serving.exited;
    const bodies = `
      SELECT d.command_id, d.source_offset, d.sequence, d.runner_user_id, d.revision, d.body_hash, e.rejected, e.packed
      FROM runclose.decision d LEFT JOIN runclose.decision_event e USING (channel_id, command_id, stored_at)
      ORDER BY d.command_id`;
    const before = await deployment.database.query(bodies);
    const policies = await deployment.database.query(`SELECT * FROM runclose.channel_policy`);
    const empty = await createEmptyDatabase();
    try {
      await onDatabase(empty, async () => {
        expect((await deployment.runclose('setup')).code).to.equal(0);
        // Policies are no decision: they come from a backup.
        await empty.query(
          `INSERT INTO runclose.channel_policy SELECT * FROM jsonb_populate_recordset(NULL::runclose.channel_policy, $1)`,
          [JSON.stringify(policies)],
        );
        const { code, summary, stderr } = await rebuild('--swap', '--yes');
        expect(code, stderr).to.equal(0);
        expect(summary).to.deep.include({ contradictions: 0, exchanged: true });
        expect(await empty.query(bodies)).to.deep.equal(before);
        const again = await rebuild('--swap', '--yes');
        expect(again.summary).to.deep.include({ differences: 0, exchanged: true });
        expect(await empty.query(bodies)).to.deep.equal(before);

        const restored = await deployment.serve({ DATABASE_URL: empty.settings.url });
        await deployment.publish(...manyCommands(40, 2_000), ...manyCommands(3));
        await deployment.settled();
        restored.signal('SIGTERM');
        expect(await restored.exited).to.equal(0);
        expect(await verify()).to.deep.include({ divergences: 0, unchecked: [] });
      });
    } finally {
      await empty.remove();
    }
  });

  /** The command line works on another database for a while. */
  const onDatabase = async (database: TestDatabase, work: () => Promise<void>): Promise<void> => {
    const own = deployment;
    const env = { ...own.env, DATABASE_URL: database.settings.url };
    deployment = { ...own, env, runclose: (...args) => runRunclose(args, env) };
    try {
      await work();
    } finally {
      deployment = own;
    }
  };

  it('does not swap if it contradicts the events, unless a flag says so', async () => {
    await deployment.database.query(
      `UPDATE runclose.channel_policy SET policy = 'least-recent', window_runs = 1`,
    );
    await deployment.publish(...manyCommands(200, 3_000));
    await deployment.settled();
    await deployment.database.query(
      `UPDATE runclose.channel_policy SET policy = 'fair-share', window_runs = 9`,
    );
    const before = await contents();
    const refused = await rebuild('--swap', '--yes');
    expect(refused.code).to.equal(2);
    expect(refused.summary['contradictions']).to.be.greaterThan(0);
    expect(refused.report.filter(({ kind }) => kind === 'contradiction')).to.have.length(
      refused.summary['contradictions'] as number,
    );
    expect(refused.stderr).to.include('--despite-events');
    expect(await contents()).to.deep.equal(before);

    const told = await rebuild('--swap', '--yes', '--despite-events');
    expect(told.code, told.stderr).to.equal(0);
    expect(told.summary).to.deep.include({ exchanged: true });
    const { counts } = (await verify()) as { counts: Json };
    expect(Object.keys(counts)).to.deep.equal(['EVENT_ALTERED']);
  });

  it('starts again if policies were corrected since it started', async () => {
    const { database } = deployment;
    await database.query(`CREATE TABLE kept AS SELECT * FROM runclose.channel_policy`);
    await database.query(`DELETE FROM runclose.channel_policy`);
    await rebuild();
    await database.query(`INSERT INTO runclose.channel_policy SELECT * FROM kept`);
    const { code, stderr, summary } = await rebuild('--swap', '--yes');
    expect(stderr).not.to.include('Resuming the rebuild');
    expect(summary).to.deep.include({ contradictions: 0, exchanged: true });
    expect(code).to.equal(0);
    expect(await verify()).to.deep.include({ divergences: 0, unchecked: [] });
  });

  it('starts with a snapshot if retention has removed the first commands, and takes over older decisions', async () => {
    const snapshot = join(folder, 'ledgers.avro');
    expect((await deployment.runclose('replay', 'snapshot', snapshot)).code).to.equal(0);
    await deployment.publish(...manyCommands(100, 200));
    await deployment.settled();
    const positions = await deployment.database.query(`
      SELECT partition, next_offset FROM runclose.partition_lease ORDER BY partition`);
    expect(positions).to.have.length(3);
    await deployment.admin.deleteTopicRecords({
      topic: deployment.names.requested,
      partitions: [0, 1, 2].map((partition) => ({ partition, offset: '5' })),
    });
    const refused = await rebuild();
    expect(refused.code).to.equal(64);
    expect(refused.stderr).to.include('--snapshot FILE');

    await tamper();
    await deployment.database.query(`DELETE FROM runclose.decision WHERE command_id = 'command-250'`);
    const { code, stderr, summary } = await rebuild('--snapshot', snapshot, '--swap', '--yes');
    expect(code, stderr).to.equal(0);
    expect(stderr).to.include('are taken over unchanged');
    expect(summary).to.deep.include({ contradictions: 0, exchanged: true });
    // A command of before the snapshot is still known, and so are its runs.
    await deployment.publish(...manyCommands(1), ...manyCommands(20, 6_000));
    await deployment.settled();
    const [duplicates] = await deployment.database.query(`
      SELECT count(*)::int AS count FROM runclose.duplicate_command WHERE command_id = 'command-0'`);
    expect(duplicates).to.deep.equal({ count: 2 });
    expect((await verify('--snapshot', snapshot))['unchecked']).to.have.length(1);
  });

  it('takes over a policy that was changed since the last command', async () => {
    expect((await deployment.runclose('channel', 'set', 'C2', '--policy', 'least-recent')).code).to.equal(0);
    expect((await deployment.runclose('channel', 'set', 'NEW', '--window-runs', '7')).code).to.equal(0);
    const before = await deployment.database.query(
      `SELECT * FROM runclose.channel_ledger ORDER BY channel_id`,
    );
    const { code, stderr } = await rebuild('--swap', '--yes');
    expect(code, stderr).to.equal(0);
    expect(
      await deployment.database.query(`SELECT * FROM runclose.channel_ledger ORDER BY channel_id`),
    ).to.deep.equal(before);
  });

  it('is removed by --drop', async () => {
    await rebuild();
    const { code } = await runRunclose(
      ['replay', 'rebuild', '--drop', '--report', reportFile],
      deployment.env,
    );
    expect(code).to.equal(0);
    expect(
      await deployment.database.query(`SELECT FROM pg_namespace WHERE nspname = 'runclose_shadow'`),
    ).to.deep.equal([]);
  });
});
