import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { openHistoryFile } from '../../../src/avro/history-file.ts';
import { loadSchemas } from '../../../src/avro/schema-files.ts';
import { manyCommands } from '../../support/commands.ts';
import { until } from '../../support/condition.ts';
import { createEmptyDatabase, type Row } from '../../support/database.ts';
import { createDeployment, type Deployment, type Serving } from '../../support/deployment.ts';
import { copyHistory } from '../../support/history-copies.ts';
import { jsonLines } from '../../support/json-lines.ts';
import { foundIn, runRebuild, type Rebuilt } from '../../support/rebuilding.ts';
import { startRunclose } from '../../support/runclose-process.ts';

const NO_DIFFERENCE = { contradictions: 0, differences: 0 };

describe('replay rebuild --file', function () {
  this.timeout(240_000);
  let deployment: Deployment;
  let serving: Serving;
  let folder: string;
  let file: string;

  const rebuild = (...args: string[]): Promise<Rebuilt> =>
    runRebuild(deployment, join(folder, 'report.ndjson'), ...args);

  const succeed = async (...args: string[]): Promise<void> => {
    const { code, stderr } = await deployment.runclose(...args);
    expect(code, stderr).to.equal(0);
  };

  /** Where the file ends, by partition. */
  const endsOf = async (path: string): Promise<ReadonlyMap<number, number>> => {
    const { facts, close } = await openHistoryFile(path, loadSchemas());
    await close();
    return new Map(facts.ranges.map(({ partition, to }) => [partition, to]));
  };

  /** Deletes the commands before the given ends from the topic, and `more` commands in partition 0. */
  const truncateTo = async (ends: ReadonlyMap<number, number>, more = 0): Promise<void> => {
    await deployment.admin.deleteTopicRecords({
      topic: deployment.names.requested,
      partitions: [...ends].map(([partition, end]) => ({
        partition,
        offset: String(partition === 0 ? end + more : end),
      })),
    });
  };

  const stop = async (): Promise<void> => {
    serving.signal('SIGTERM');
    expect(await serving.exited).to.equal(0);
  };

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'runclose-test-'));
    file = join(folder, 'history.avro');
    deployment = await createDeployment(3);
    serving = await deployment.serve();
    await deployment.publish(...manyCommands(100), Buffer.from('garbage'));
    await deployment.settled();
    await succeed('channel', 'set', 'C1', '--policy', 'window-count');
    await deployment.publish(...manyCommands(100, 100), ...manyCommands(2));
    await deployment.settled();
    await succeed('replay', 'export', file, '--with-events');
    await deployment.publish(...manyCommands(100, 200));
    await deployment.settled();
  });
  afterEach(async () => {
    await deployment.remove();
    await rm(folder, { recursive: true });
  });

  it('rebuilds what the topic has lost, continues in the topic, and swaps', async () => {
    await truncateTo(await endsOf(file));
    const without = await rebuild();
    expect(without.code).to.equal(64);
    expect(without.stderr).to.include('--file FILE').and.to.include('--snapshot FILE');

    const untouched = await rebuild('--file', file);
    expect(untouched.code, untouched.stderr).to.equal(0);
    expect(untouched.summary).to.deep.include({
      ...NO_DIFFERENCE,
      channels: 20,
      closed: 294,
      rejected: 6,
      duplicates: 2,
      unchecked: [],
    });
    const { database } = deployment;
    // One of the file's commands, and one of the topic's.
    await database.query(
      `UPDATE runclose.decision SET runner_user_id = 'U9' WHERE command_id = 'command-10'`,
    );
    await database.query(`DELETE FROM runclose.decision WHERE command_id = 'command-290'`);
    const tampered = await rebuild('--file', file, '--swap', '--yes');
    expect(tampered.stderr).to.include(`${file} is not needed`);
    expect(foundIn(tampered.report)).to.deep.equal([
      'DECISION_ALTERED runnerUserId C10',
      'DECISION_MISSING row C10',
    ]);
    expect(tampered.summary).to.deep.include({ exchanged: true });
    expect((await rebuild('--file', file)).summary).to.deep.include(NO_DIFFERENCE);

    await deployment.publish(...manyCommands(40, 300), ...manyCommands(1));
    await deployment.settled();
    const again = await rebuild('--file', file);
    expect(again.summary).to.deep.include({ ...NO_DIFFERENCE, duplicates: 3 });
    expect(serving.log.filter(({ level }) => level === 'fatal')).to.deep.equal([]);
  });

  it('refuses if commands are missing between the file and the topic, and names them', async () => {
    const ends = await endsOf(file);
    await truncateTo(ends, 3);
    const { code, stderr } = await rebuild('--file', file);
    const end = ends.get(0) ?? 0;
    expect(code).to.equal(64);
    expect(stderr).to.include(`${deployment.names.requested}/0 offsets ${end}–${end + 2}. Neither the topic`);
    expect(
      await deployment.database.query(`SELECT FROM pg_tables WHERE schemaname = 'runclose_shadow'`),
    ).to.deep.equal([]);
  });

  it('starts with a snapshot if the file holds only later commands', async () => {
    const snapshot = join(folder, 'ledgers.avro');
    await succeed('replay', 'snapshot', snapshot);
    const begins = await endsOf(snapshot);
    await deployment.publish(...manyCommands(60, 300), ...manyCommands(2, 300));
    await deployment.settled();
    const from = [...begins].map(([partition, offset]) => `${partition}:${offset}`).join(',');
    // An export that begins later never takes the place of one that begins earlier.
    await rm(file);
    await succeed('replay', 'export', file, '--with-events', '--from', from);
    await truncateTo(await endsOf(file));

    const without = await rebuild('--file', file);
    expect(without.code).to.equal(64);
    expect(without.stderr).to.include(
      `${deployment.names.requested}/0 offsets 0–${(begins.get(0) ?? 0) - 1}`,
    );
    const { code, stderr, summary } = await rebuild('--file', file, '--snapshot', snapshot);
    expect(code, stderr).to.equal(0);
    expect(summary).to.deep.include({ ...NO_DIFFERENCE, closed: 352, duplicates: 4 });
  });

  it('refuses the file of another installation, of made-up people, and of one channel', async () => {
    const elsewhere = join(folder, 'elsewhere.avro');
    const refusal = async (path: string): Promise<string> => {
      const { code, stderr } = await rebuild('--file', path);
      expect(code).to.equal(64);
      return stderr;
    };
    await copyHistory(file, elsewhere, { clusterId: 'another-cluster' });
    expect(await refusal(elsewhere)).to.include('its cluster id is another-cluster');
    await copyHistory(file, elsewhere, { topic: 'another.topic' });
    expect(await refusal(elsewhere)).to.include('its topic is another.topic');
    await copyHistory(file, elsewhere, { groupId: 'another-group' });
    expect(await refusal(elsewhere)).to.include('its group id is another-group');
    await succeed('replay', 'export', elsewhere, '--pseudonymise');
    expect(await refusal(elsewhere)).to.include('is pseudonymised');
    await succeed('replay', 'export', elsewhere, '--channel', 'C1');
    expect(await refusal(elsewhere)).to.include('--channel C1');
    const ofOne = await rebuild('--file', elsewhere, '--channel', 'C1');
    expect(ofOne.code, ofOne.stderr).to.equal(0);
  });

  it('resumes in the file where it was killed, and not without the file', async () => {
    await deployment.publish(...manyCommands(4_000, 10_000));
    await deployment.settled();
    await succeed('replay', 'export', file, '--with-events');
    await truncateTo(await endsOf(file));
    const rebuilt = async (): Promise<number> => {
      const rows = await deployment.database
        .query(`SELECT count(*)::int AS count FROM runclose_shadow.decision`)
        .catch((): Row[] => []);
      return Number(rows[0]?.['count'] ?? 0);
    };
    const first = startRunclose(
      ['replay', 'rebuild', '--file', file, '--report', join(folder, 'report.ndjson')],
      deployment.env,
    );
    await until('some of it is rebuilt', async () => (await rebuilt()) > 0);
    first.kill();
    await first.ended;
    expect(await rebuilt()).to.be.lessThan(4_300);

    const without = await rebuild();
    expect(without.code).to.equal(64);
    expect(without.stderr).to.include('these commands are missing');
    const { code, stderr, summary } = await rebuild('--file', file);
    expect(stderr).to.include('Resuming the rebuild that was started');
    expect(summary).to.deep.include({ ...NO_DIFFERENCE, channels: 20, duplicates: 2 });
    expect(await rebuilt()).to.equal(4_300);
    expect(code).to.equal(0);
  });

  it('restores an empty database, policies included, and processors continue from there', async () => {
    await stop();
    const stored = `
      SELECT d.command_id, d.source_offset, d.sequence, d.runner_user_id, d.revision, d.body_hash, e.rejected, e.packed
      FROM runclose.decision d LEFT JOIN runclose.decision_event e USING (channel_id, command_id, stored_at)
      ORDER BY d.command_id`;
    const policies = `SELECT to_jsonb(p) - 'changed_by' - 'changed_at' AS policy FROM runclose.channel_policy p`;
    const before = await deployment.database.query(stored);
    const policiesBefore = await deployment.database.query(policies);
    expect(policiesBefore).to.have.length(1);
    const empty = await createEmptyDatabase();
    const env = { ...deployment.env, DATABASE_URL: empty.settings.url };
    const rebuildThere = (...args: string[]): Promise<Rebuilt> =>
      runRebuild({ env }, join(folder, 'report.ndjson'), ...args);
    try {
      const setUp = await startRunclose(['setup'], env).ended;
      expect(setUp.code, setUp.stderr).to.equal(0);
      // The topic knows no policies: what C1 decided then was decided otherwise.
      expect((await rebuildThere()).summary['contradictions']).to.be.greaterThan(0);

      await truncateTo(await endsOf(file));
      const dry = await rebuildThere('--file', file);
      expect(dry.summary).to.deep.include({ contradictions: 0, policiesOfFile: 1, exchanged: false });
      expect(await empty.query(policies)).to.deep.equal([]);

      const { code, summary, stderr } = await rebuildThere('--file', file, '--swap', '--yes');
      expect(code, stderr).to.equal(0);
      expect(summary).to.deep.include({ contradictions: 0, exchanged: true });
      expect(await empty.query(stored)).to.deep.equal(before);
      expect(await empty.query(policies)).to.deep.equal(policiesBefore);

      const restored = await deployment.serve({ DATABASE_URL: empty.settings.url });
      await deployment.publish(...manyCommands(40, 2_000), ...manyCommands(3));
      await deployment.settled();
      restored.signal('SIGTERM');
      expect(await restored.exited).to.equal(0);
      expect((await rebuildThere('--file', file)).summary).to.deep.include({
        ...NO_DIFFERENCE,
        duplicates: 5,
      });
    } finally {
      await empty.remove();
    }
  });

  it('refuses a file that holds another policy than is stored', async () => {
    await deployment.database.query(`UPDATE runclose.channel_policy SET window_runs = 9`);
    const { code, stderr } = await rebuild('--file', file);
    expect(code).to.equal(1);
    expect(stderr).to.include('version 1 of the policy of channel C1');
  });

  it('says that the events of a file without them were not compared, to the next run too', async () => {
    await succeed('replay', 'export', file);
    const first = await rebuild('--file', file);
    expect(first.code, first.stderr).to.equal(0);
    const { summary } = await rebuild();
    for (const { unchecked } of [first.summary, summary])
      expect(unchecked).to.deep.equal([
        'the events of commands that came from a file: it was exported without them',
      ]);
  });

  it('leaves commands that no processor has decided yet to them', async () => {
    await stop();
    await deployment.publish(...manyCommands(60, 500));
    await succeed('replay', 'export', file, '--with-events', '--to', 'latest');
    const { code, stderr, summary } = await rebuild('--file', file, '--swap', '--yes');
    expect(code, stderr).to.equal(0);
    expect(summary).to.deep.include({ ...NO_DIFFERENCE, closed: 294, exchanged: true });
    await deployment.serve();
    await deployment.settled();
    const { stdout } = await deployment.runclose('replay', 'verify', '--json');
    expect(jsonLines(stdout).at(-1)).to.deep.include({ divergences: 0, unchecked: [] });
  });
});
