import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { bodiesOf, bodiesRow } from '../../../src/postgres/bodies.ts';
import { withBug } from '../../support/bugs.ts';
import { manyCommands } from '../../support/commands.ts';
import { until } from '../../support/condition.ts';
import { createDeployment, untilLogged, type Deployment, type Serving } from '../../support/deployment.ts';
import { runRunclose } from '../../support/runclose-process.ts';
import { exitOf, startProcess } from '../../support/serve-process.ts';
import { holdLocks } from '../../support/side-session.ts';
import { jsonLines, type Json } from '../../support/json-lines.ts';

const COMMANDS = 300;
const CLOSED = 294;
const CHANNELS = 20;

describe('purge and forget', function () {
  this.timeout(240_000);
  let deployment: Deployment;
  let serving: Serving;
  let folder: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'runclose-test-'));
    deployment = await createDeployment(2);
    serving = await deployment.serve();
    for (const half of [0, COMMANDS / 2]) {
      await deployment.publish(...manyCommands(COMMANDS / 2, half));
      await deployment.settled();
    }
  });
  after(async () => {
    await deployment.remove();
    await rm(folder, { recursive: true });
  });

  const runclose = (...args: string[]) => runRunclose(args, deployment.env);

  const withoutKafka = (...args: string[]) =>
    runRunclose(args, { ...deployment.env, KAFKA_BROKERS: '127.0.0.1:1' });

  const json = async (...args: string[]): Promise<{ code: number | null; summary: Json; others: Json[] }> => {
    const { code, stdout, stderr } = await runclose(...args, '--json');
    const objects = jsonLines(stdout);
    const summary = objects.at(-1);
    if (summary === undefined) throw new Error(`nothing was printed: ${stderr}`);
    return { code, summary, others: objects.slice(0, -1) };
  };

  const stopServing = async (): Promise<void> => {
    serving.signal('SIGTERM');
    expect(await serving.exited).to.equal(0);
  };

  /** How many decisions still hold this word, in either body, and how many are marked. */
  const holding = async (word: string): Promise<{ bodies: number; marked: number; both: number }> => {
    const rows = (await deployment.database.query('SELECT * FROM runclose.decision_event')).map((row) => ({
      held: Object.values(bodiesOf(bodiesRow.parse(row))).some((body) => body.includes(word)),
      marked: row['forgotten_at'] !== null,
    }));
    return {
      bodies: rows.filter(({ held }) => held).length,
      marked: rows.filter(({ marked }) => marked).length,
      both: rows.filter(({ held, marked }) => held && marked).length,
    };
  };

  const makeOlder = async (days: number): Promise<void> => {
    for (const table of ['decision', 'decision_event'])
      await deployment.database.query(
        `UPDATE runclose.${table} SET stored_at = stored_at - make_interval(days => ${days})`,
      );
  };

  const eventCounts = async (): Promise<number[]> => {
    const { closed, summary, rejected } = deployment.names;
    return (await Promise.all([closed, summary, rejected].map((topic) => deployment.read(topic)))).map(
      (records) => records.length,
    );
  };

  it('show what would be forgotten, and forget nothing, unless told --yes', async () => {
    const { code, summary, others } = await json('forget', '--user', 'U1');
    expect(code).to.equal(0);
    expect(summary).to.deep.equal({
      kind: 'summary',
      forgotten: CLOSED,
      notYetEmitted: 0,
      ofRetiredCluster: 0,
      unreadable: 0,
      done: false,
    });
    expect(others).to.have.length(CHANNELS);
    expect(await holding('Dana')).to.deep.equal({ bodies: CLOSED, marked: 0, both: 0 });

    const text = await runclose('forget', '--user', 'U1', '--channel', 'C3');
    expect(text.stdout)
      .to.match(/^channel +would forget/)
      .and.to.match(/^C3 /m);
    expect(text.stderr).to.contain('To forget, run: runclose forget --user U1 --channel C3 --yes');

    const nothingDue = await json('purge');
    expect(nothingDue).to.deep.include({ code: 0, others: [] });
    expect(nothingDue.summary).to.deep.include({ forgotten: 0, notYetEmitted: 0 });
  });

  it('leave events that are not known to be emitted, say so, and forget them once they are', async () => {
    const { code, stdout, stderr } = await withoutKafka('forget', '--user', 'U1', '--yes', '--json');
    expect(code).to.equal(1);
    expect(stderr).to.contain('Kafka was not asked which events are emitted');
    const left = Number((JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as Json)['notYetEmitted']);
    expect(left).to.be.within(1, CLOSED - 1);
    expect(await holding('Dana')).to.deep.equal({ bodies: left, marked: CLOSED - left, both: 0 });
    const told = await withoutKafka('forget', '--user', 'U1', '--yes');
    expect(told.code).to.equal(1);
    expect(told.stderr).to.contain('not known to be emitted yet');

    const now = await json('forget', '--user', 'U1', '--yes');
    expect(now.code).to.equal(0);
    expect(now.summary).to.deep.include({ forgotten: left, notYetEmitted: 0, done: true });
    expect(await holding('Dana')).to.deep.equal({ bodies: 0, marked: CLOSED, both: 0 });
    expect((await holding('U3')).bodies).to.equal(CLOSED);
    expect((await runclose('forget', '--user', 'U1', '--yes')).stderr).to.contain(
      'There is no personal data of U1',
    );
    await stopServing();
  });

  it('say that the person is unknown, not that nothing had to be done', async () => {
    const { code, stderr } = await runclose('forget', '--user', 'nobody', '--yes');
    expect(code).to.equal(1);
    expect(stderr).to.contain('nobody has never taken part').and.to.contain('check the id');
    expect((await runclose('forget')).code).to.equal(64);
  });

  it('forget a person as the author of policy changes, by id and by the names that are given', async () => {
    for (const [channel, by, days] of [
      ['C1', 'U1', '60'],
      ['C1', 'Ana Pereira', '61'],
      ['C2', 'Ana Pereira', '62'],
      ['C2', 'somebody else', '63'],
    ] as const)
      await runclose('channel', 'set', channel, '--by', by, '--retention-days', days);
    const changedBy = async () =>
      (
        await deployment.database.query(
          'SELECT changed_by FROM runclose.channel_policy ORDER BY channel_id, version',
        )
      ).map((row) => row['changed_by']);

    const dry = await runclose('forget', '--user', 'U-admin', '--by', 'Ana Pereira', '--channel', 'C1');
    expect(dry.code, dry.stderr).to.equal(0);
    expect(dry.stderr)
      .to.include('The author would be forgotten in 1 policy version.')
      .and.to.include("To forget, run: runclose forget --user U-admin --by 'Ana Pereira' --channel C1 --yes");
    expect(await changedBy()).to.include.members(['U1', 'Ana Pereira']);

    const done = await runclose('forget', '--user', 'U1', '--by', 'Ana Pereira', '--yes', '--channel', 'C1');
    expect(done.code, done.stderr).to.equal(0);
    expect(done.stderr).to.include('Only the database was searched. Files may still name the person');
    expect(await changedBy()).to.deep.equal(['(forgotten)', '(forgotten)', 'Ana Pereira', 'somebody else']);
    const { others } = await json('forget', '--user', 'U-admin', '--by', 'Ana Pereira', '--yes');
    expect(others).to.deep.equal([]);
    expect(await changedBy()).to.deep.equal(['(forgotten)', '(forgotten)', '(forgotten)', 'somebody else']);
    expect((await runclose('replay', 'verify')).code).to.equal(0);
  });

  it('forget the person who skipped records, by id and by the given names', async () => {
    await deployment.database.query(`
      INSERT INTO runclose.skipped_record (cluster_id, topic, partition, source_offset, record_hash, skipped_by)
      SELECT 'k', 't', 0, n, '', name FROM unnest(ARRAY['U-skipper', 'Ana Skipper', 'Bo', NULL]) WITH ORDINALITY AS of (name, n)`);
    const skippedBy = async () =>
      (
        await deployment.database.query(
          `SELECT skipped_by FROM runclose.skipped_record WHERE topic = 't' ORDER BY source_offset`,
        )
      ).map((row) => row['skipped_by']);

    const forget = ['forget', '--user', 'U-skipper', '--by', 'Ana Skipper'];
    const inChannel = await runclose(...forget, '--channel', 'C1', '--yes');
    expect(inChannel).to.include({ code: 1 });
    const dry = await runclose(...forget);
    expect(dry.stderr)
      .to.include('The author would be forgotten in 2 skipped records.')
      .and.to.include("To forget, run: runclose forget --user U-skipper --by 'Ana Skipper' --yes");
    expect(await skippedBy()).to.deep.equal(['U-skipper', 'Ana Skipper', 'Bo', null]);
    const { code, stdout } = await runclose(...forget, '--yes', '--json');
    expect(code).to.equal(0);
    expect(JSON.parse(stdout)).to.deep.equal({ kind: 'skips', forgotten: 2, done: true });
    expect(await skippedBy()).to.deep.equal(['(forgotten)', '(forgotten)', 'Bo', null]);
    expect(await runclose(...forget)).to.include({ code: 1 });
  });

  it('refuse a channel in which nothing was decided, rather than find nothing there', async () => {
    for (const command of [['purge'], ['forget', '--user', 'U1']]) {
      const misspelt = await runclose(...command, '--channel', 'C-1');
      expect(misspelt).to.include({ code: 1, stdout: '' });
      expect(misspelt.stderr).to.include('there is no channel C-1: nothing was ever decided in it');
    }
    expect((await json('purge', '--channel', 'C1')).code).to.equal(0);
  });

  it('are counted by verification, which passes, and still finds tampered data', async () => {
    const { code, summary, others } = await json('replay', 'verify');
    expect(others).to.deep.equal([]);
    expect(code).to.equal(0);
    expect(summary).to.deep.include({
      divergences: 0,
      unchecked: [],
      forgotten: { everybody: 0, somePeople: CLOSED },
    });
    expect((await runclose('replay', 'verify')).stdout).to.contain(
      `Forgotten: personal data in ${CLOSED} of the stored decisions`,
    );
    const { query } = deployment.database;
    await query(`CREATE TABLE kept AS SELECT * FROM runclose.decision_event WHERE command_id = 'command-5'`);
    const [kept] = await query('SELECT * FROM kept');
    const bodies = bodiesOf(bodiesRow.parse(kept));
    const altered = Buffer.from(bodies['run.closed']!);
    altered[altered.length - 2] = 66;
    // As an older version stores them.
    await query(
      `UPDATE runclose.decision_event SET closed = $1, summary = $2, packed = NULL WHERE command_id = 'command-5'`,
      [altered, bodies['run.summary']],
    );
    const tampered = await json('replay', 'verify');
    expect(tampered.code).to.equal(2);
    expect(tampered.others).to.have.length(1);
    expect(tampered.others[0]).to.deep.include({ code: 'DECISION_ALTERED', field: 'bodies.run.closed' });
    await query(
      `UPDATE runclose.decision_event e SET closed = NULL, summary = NULL, packed = k.packed
       FROM kept k WHERE e.command_id = 'command-5'`,
    );
  });

  it('are shown by explain, with unchanged ids and numbers', async () => {
    const { code, stdout } = await runclose('explain', 'run-3', '--channel', 'C3');
    expect(code).to.equal(0);
    expect(stdout)
      .to.match(/U1 +\d/)
      .and.to.contain('names and texts of U1')
      .and.to.not.contain('Dana');
    const [line = ''] = (await runclose('explain', 'run-3', '--channel', 'C3', '--json')).stdout.split('\n');
    const explained = JSON.parse(line) as { forgotten: Json; event: { fairness: { ranking: unknown[] } } };
    expect(explained.forgotten['whose']).to.deep.equal(['U1']);
    expect(explained.event.fairness.ranking).to.have.length(3);
  });

  it('do not touch a batch between its two commits, which is emitted in full afterwards', async () => {
    const faulty = await deployment.serve(...withBug('between the two commits'));
    await deployment.publish({ commandId: 'owed', runId: 'owed', channelId: 'bug' });
    expect(await faulty.exited).to.equal(1);
    const untouched = { forgotten: 0, notYetEmitted: 1, ofRetiredCluster: 0, unreadable: 0 };
    const { code, summary } = await json('forget', '--user', 'U1', '--channel', 'bug', '--yes');
    expect(code).to.equal(1);
    expect(summary).to.deep.include(untouched);
    await makeOlder(100);
    const purged = await json('purge', '--channel', 'bug', '--yes');
    expect(purged.code).to.equal(1);
    expect(purged.summary).to.deep.include(untouched);
    expect((await json('purge', '--channel', 'bug')).code, 'nothing was asked for').to.equal(0);
    await makeOlder(-100);

    serving = await deployment.serve();
    await deployment.settled();
    await stopServing();
    const events = (await deployment.read(deployment.names.summary)).filter(
      ({ key }) => key?.toString() === 'bug',
    );
    expect(events.map(({ value }) => value?.includes('Dana'))).to.deep.equal([true]);
    expect((await json('forget', '--user', 'U1', '--channel', 'bug', '--yes')).summary).to.deep.include({
      forgotten: 1,
      notYetEmitted: 0,
    });
  });

  it('lead to no other event when offsets are put back', async () => {
    const before = await eventCounts();
    await deployment.admin.resetOffsets({
      groupId: deployment.groupId,
      topic: deployment.names.requested,
      earliest: true,
    });
    serving = await deployment.serve();
    await deployment.settled();
    await stopServing();
    expect(await eventCounts()).to.deep.equal(before);
    expect((await json('replay', 'verify')).code).to.equal(0);
  });

  it('leave the old state or the new one when they are killed, and the next run finishes it', async () => {
    await makeOlder(100);
    const others = await holdLocks(
      deployment.database,
      `SELECT FROM runclose.decision_event WHERE channel_id = 'C9' ORDER BY command_id DESC LIMIT 1 FOR UPDATE`,
    );
    const purging = startProcess(['purge', '--yes'], deployment.env);
    await until('the purge is in the middle of its second batch', () => others.areWaitedFor());
    purging.kill('SIGKILL');
    await exitOf(purging);
    await others.release();
    await until('its connection is gone', async () => {
      const rows = await deployment.database.query(
        `SELECT FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'runclose'`,
      );
      return rows.length === 0;
    });
    const [state] = await deployment.database.query(`
      SELECT count(*) FILTER (WHERE forgotten_user_ids IS NULL)::int AS whole,
        count(*) FILTER (WHERE forgotten_user_ids IS NOT NULL)::int AS of_u1
      FROM runclose.decision_event WHERE packed IS NOT NULL`);
    const whole = Number(state?.['whole']);
    expect(whole).to.be.within(1, 200);
    expect(Number(state?.['of_u1'])).to.equal(CLOSED + 1 - whole);
    expect((await holding('coffee')).bodies).to.equal(CLOSED + 1 - whole);
    expect((await json('replay', 'verify')).summary).to.deep.include({
      divergences: 0,
      forgotten: { everybody: whole, somePeople: CLOSED + 1 - whole },
    });

    const { code, summary } = await json('purge', '--yes');
    expect(code).to.equal(0);
    expect(summary).to.deep.include({ forgotten: CLOSED + 1 - whole, notYetEmitted: 0, done: true });
    expect((await holding('coffee')).bodies).to.equal(0);
    expect((await json('purge', '--yes')).summary).to.deep.include({ forgotten: 0 });
    const verified = await json('replay', 'verify');
    expect(verified.code).to.equal(0);
    expect(verified.summary).to.deep.include({
      divergences: 0,
      forgotten: { everybody: CLOSED + 1, somePeople: 0 },
    });
    const explained = await runclose('explain', 'run-3', '--channel', 'C3');
    expect(explained.stdout)
      .to.contain('names and texts of everybody')
      .and.to.match(/U2 +\d/);
  });

  it('name bodies that were written with other schemas, and leave them', async () => {
    const { query } = deployment.database;
    await query(`
      UPDATE runclose.decision SET schema_fingerprint = 'another' WHERE channel_id = 'C4';
      UPDATE runclose.decision_event SET forgotten_at = NULL WHERE channel_id = 'C4';
      CREATE TABLE before AS SELECT command_id, rejected, packed FROM runclose.decision_event`);
    const told = await runclose('purge', '--yes');
    expect(told.code).to.equal(1);
    expect(told.stderr).to.contain('written with another version of the schemas');
    const changed = await query(`
      SELECT FROM runclose.decision_event e JOIN before b USING (command_id)
      WHERE (e.rejected, e.packed) IS DISTINCT FROM (b.rejected, b.packed)`);
    expect(changed).to.have.length(0);
    await query(`UPDATE runclose.decision_event SET forgotten_at = now() WHERE channel_id = 'C4'`);
  });

  it('are not undone by a rebuild, also of decisions that it finds altered or missing', async () => {
    await makeOlder(-100);
    const { query } = deployment.database;
    await query(`
      UPDATE runclose.decision SET body_hash = 'another' WHERE command_id = 'command-5';
      DELETE FROM runclose.decision WHERE command_id = 'command-6'`);
    const report = join(folder, 'report.ndjson');
    const { code } = await runclose('replay', 'rebuild', '--swap', '--yes', '--report', report);
    expect(code).to.equal(0);
    expect((await holding('coffee')).bodies).to.equal(0);
    const verified = await json('replay', 'verify');
    expect(verified.summary).to.deep.include({
      divergences: 0,
      forgotten: { everybody: CLOSED + 1 - 2, somePeople: 0 },
    });
    const dry = await runclose('purge');
    expect(dry).to.include({ code: 0 });
    expect(dry.stderr, 'what --yes would say').to.include(
      'runclose replay rebuild --drop, then runclose purge --yes',
    );
    expect((await runclose('purge', '--yes')).stderr).to.include('an earlier rebuild has left its schema');
    await runclose('replay', 'rebuild', '--drop', '--report', report);
    expect((await runclose('purge')).stderr).not.to.include('--drop');
  });

  it('stop the processor if the outputs have lost events, so that it emits no other events', async () => {
    const { names, admin, groupId } = deployment;
    await admin.deleteGroups([groupId]);
    for (const topic of [names.closed, names.summary, names.rejected]) {
      const ends = await admin.fetchTopicOffsets(topic);
      const partitions = ends.map(({ partition, high }) => ({ partition, offset: high }));
      await admin.deleteTopicRecords({ topic, partitions });
    }
    // Known to be emitted, they would not be emitted again.
    await deployment.database.query('UPDATE runclose.partition_lease SET emitted_through = 0');
    const again = await deployment.serve();
    await untilLogged(again, 'STORED_EVENTS_GONE');
    expect(await again.exited).to.equal(1);
    expect(await eventCounts()).to.deep.equal([0, 0, 0]);
  });
});
