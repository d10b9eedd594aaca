import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import pg from 'pg';
import { manyCommands } from '../../support/commands.ts';
import { until } from '../../support/condition.ts';
import { createEmptyDatabase } from '../../support/database.ts';
import { createDeployment, type Deployment, type Serving } from '../../support/deployment.ts';
import { jsonLines } from '../../support/json-lines.ts';
import { runRebuild } from '../../support/rebuilding.ts';
import { runRunclose, startRunclose } from '../../support/runclose-process.ts';
import { testKafka } from '../../support/topics.ts';

describe('the swap of replay rebuild', function () {
  this.timeout(120_000);
  let deployment: Deployment;
  let serving: Serving;
  let folder: string;
  let reportFile: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'runclose-test-'));
    reportFile = join(folder, 'report.ndjson');
    deployment = await createDeployment(3);
    serving = await deployment.serve();
    await deployment.publish(...manyCommands(100));
    await deployment.settled();
  });
  afterEach(async () => {
    await deployment.remove();
    await rm(folder, { recursive: true });
  });

  it('reports contradictions that were found during the swap like earlier ones, and changes nothing', async () => {
    const reader = new pg.Client(deployment.database.settings.url);
    await reader.connect();
    await reader.query('BEGIN; LOCK TABLE runclose.channel_member IN ACCESS SHARE MODE');
    const rebuilding = startRunclose(
      ['replay', 'rebuild', '--swap', '--yes', '--json', '--report', reportFile],
      deployment.env,
    );
    await until('the first try is given up', () => rebuilding.stderr().includes('Try 1 of'));
    const producer = testKafka().producer();
    await producer.connect();
    await producer.send({
      topic: deployment.names.closed,
      messages: [{ key: 'C1', value: 'somebody else' }],
    });
    await producer.disconnect();
    await reader.end();
    const { code, stdout, stderr } = await rebuilding.ended;
    expect(code, stderr).to.equal(2);
    expect(stderr).to.include('--despite-events');
    expect(jsonLines(stdout).at(-1)).to.deep.include({ contradictions: 1, exchanged: false });
    const report = jsonLines(await readFile(reportFile, 'utf8'));
    expect(report.map(({ kind, code: what }) => `${String(kind)} ${String(what)}`)).to.deep.equal([
      'contradiction EVENT_UNEXPECTED',
      'summary undefined',
    ]);
    // A resumed rebuild reads the same record again, and reports it once.
    expect((await runRebuild(deployment, reportFile)).summary).to.deep.include({ contradictions: 1 });
  });

  it('is refused if a partition was taken for the first time meanwhile, and works after --restart', async () => {
    serving.signal('SIGTERM');
    await serving.exited;
    const empty = await createEmptyDatabase();
    const env = { ...deployment.env, DATABASE_URL: empty.settings.url };
    try {
      expect((await runRunclose(['setup'], env)).code).to.equal(0);
      expect((await runRebuild({ env }, reportFile)).code).to.equal(2);
      const numbers = `SELECT source_id, partition FROM runclose_shadow.partition_lease ORDER BY source_id LIMIT 1`;
      const [first] = await empty.query(numbers);
      // As a processor does, which gets the number that the shadow has given to another partition.
      const taken = first?.['partition'] === 2 ? 1 : 2;
      await empty.query(
        `INSERT INTO runclose.partition_lease (cluster_id, topic, partition, epoch, holder, group_id, generation)
         SELECT cluster_id, topic, ${String(taken)}, 1, gen_random_uuid(), group_id, 1 FROM runclose_shadow.partition_lease LIMIT 1`,
      );
      const refused = await runRebuild({ env }, reportFile, '--swap', '--yes');
      expect(refused.code).to.equal(1);
      expect(refused.stderr).to.include('was taken for the first time').and.to.include('--restart');
      expect(refused.report.at(-1)).to.deep.include({ kind: 'error', code: 'SHADOW_OUTDATED' });
      const done = await runRebuild({ env }, reportFile, '--swap', '--yes', '--restart');
      expect(done.code, done.stderr).to.equal(0);
    } finally {
      await empty.remove();
    }
  });

  it('keeps the names and the options of the views in the schema', async () => {
    const { database } = deployment;
    for (const sql of [
      `CREATE VIEW runclose."MyView" WITH (security_invoker = true, security_barrier = true) AS SELECT * FROM runclose.decision`,
      'CREATE VIEW runclose."odd ""name" AS SELECT * FROM runclose.channel_member',
    ])
      await database.query(sql);
    const views = () =>
      database.query(`
        SELECT c.relname, c.reloptions, pg_get_viewdef(c.oid) FROM pg_class c
        WHERE c.relkind = 'v' AND c.relnamespace = 'runclose'::regnamespace ORDER BY c.relname`);
    const before = await views();
    const { code, stderr } = await runRebuild(deployment, reportFile, '--swap', '--yes');
    expect(code, stderr).to.equal(0);
    expect(await views()).to.deep.equal(before);
    const [row] = await database.query('SELECT count(*)::int AS count FROM runclose."MyView"');
    expect(row).to.deep.equal({ count: 100 });
    await deployment.runclose('replay', 'rebuild', '--drop', '--report', reportFile);
    expect(await views()).to.deep.equal(before);
  });

  it('never drops a schema of somebody else that has its name', async () => {
    await deployment.database.query('CREATE SCHEMA runclose_shadow');
    await deployment.database.query('CREATE TABLE runclose_shadow.thesis AS SELECT 10 AS years');
    for (const args of [[], ['--drop'], ['--swap', '--yes']]) {
      const { code, stderr } = await runRebuild(deployment, reportFile, ...args);
      expect(code).to.equal(1);
      expect(stderr).to.include('the schema runclose_shadow holds tables that no rebuild made');
    }
    expect(await deployment.database.query('SELECT years FROM runclose_shadow.thesis')).to.have.length(1);
  });

  it('leaves the report of a rebuild that is running to it', async () => {
    await writeFile(reportFile, 'the first');
    const holder = new pg.Client(deployment.database.settings.url);
    await holder.connect();
    await holder.query('SELECT pg_advisory_lock(7238746982375)');
    const { code, stderr } = await runRunclose(['replay', 'rebuild', '--report', reportFile], deployment.env);
    await holder.end();
    expect(code).to.equal(1);
    expect(stderr).to.include('a rebuild of this database is running: run this again when it has ended');
    expect(await readFile(reportFile, 'utf8')).to.equal('the first');
  });
});
