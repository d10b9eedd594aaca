import { link, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import pg from 'pg';
import { manyCommands } from '../../support/commands.ts';
import { until } from '../../support/condition.ts';
import { createDeployment, type Deployment } from '../../support/deployment.ts';
import { copyHistory } from '../../support/history-copies.ts';
import { createRawProducer } from '../../support/raw-producers.ts';
import { runRebuild, type Rebuilt } from '../../support/rebuilding.ts';
import { startRunclose } from '../../support/runclose-process.ts';
import { testKafka } from '../../support/topics.ts';

describe('Mistakes with replay rebuild', function () {
  this.timeout(120_000);
  let deployment: Deployment;
  let folder: string;
  let file: string;
  let snapshot: string;

  const rebuild = (...args: string[]): Promise<Rebuilt> =>
    runRebuild(deployment, join(folder, 'report.ndjson'), ...args);

  const succeed = async (...args: string[]): Promise<void> => {
    const { code, stderr } = await deployment.runclose(...args);
    expect(code, stderr).to.equal(0);
  };

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'runclose-test-'));
    file = join(folder, 'history.avro');
    snapshot = join(folder, 'ledgers.avro');
    deployment = await createDeployment(2);
    await deployment.serve();
    await deployment.publish(...manyCommands(100));
    await deployment.settled();
    await succeed('channel', 'set', 'C-new', '--policy', 'window-count');
    await succeed('replay', 'export', file, '--with-events');
    await succeed('replay', 'snapshot', snapshot);
  });
  after(async () => {
    await deployment.remove();
    await rm(folder, { recursive: true });
  });

  it('never writes the report over a file that it reads, under whatever name', async () => {
    const alias = join(folder, 'alias.avro');
    await link(file, alias);
    for (const [path, args] of [
      [file, ['--file', file]],
      [file, ['--file', alias]],
      [snapshot, ['--snapshot', snapshot]],
    ] as const) {
      const before = await readFile(path);
      const { code, stderr } = await deployment.runclose('replay', 'rebuild', ...args, '--report', path);
      expect(code).to.equal(64);
      expect(stderr).to.include('name another file with --report');
      expect(await readFile(path)).to.deep.equal(before);
    }
  });

  it('takes no snapshot for a file of commands: its ledgers would be believed', async () => {
    const { code, stderr } = await rebuild('--file', snapshot);
    expect(code).to.equal(64);
    expect(stderr).to.include(`--snapshot ${snapshot}`);
  });

  it('refuses the file of a topic that was created again since, and builds nothing from it', async () => {
    const elder = join(folder, 'elder.avro');
    await copyHistory(file, elder, {}, (step) => {
      if (step.kind !== 'command') return step;
      const { record } = step;
      return { ...step, record: { ...record, timestamp: record.timestamp - 86_400_000 } };
    });
    const { code, stderr } = await rebuild('--file', elder);
    expect(code).to.equal(64);
    expect(stderr).to.include('has another command at').and.to.include('created again');
    expect(
      await deployment.database.query(`SELECT FROM pg_tables WHERE schemaname = 'runclose_shadow'`),
    ).to.deep.equal([]);
  });

  it('says nothing good about a channel that there is not, and leaves nothing of it', async () => {
    const misspelt = await rebuild('--channel', 'C-nobody');
    expect(misspelt.code).to.equal(1);
    expect(misspelt.stderr).to.include('C-nobody');
    const withoutCommands = await rebuild('--channel', 'C-new');
    expect(withoutCommands.code, withoutCommands.stderr).to.equal(0);
    const all = await rebuild('--restart');
    expect(all.code, all.stderr).to.equal(0);
  });

  it('says that it was interrupted, and that the same command resumes', async () => {
    const { database } = deployment;
    const holder = new pg.Client(database.settings.url);
    await holder.connect();
    await holder.query('BEGIN; LOCK TABLE runclose.channel_ledger IN ACCESS EXCLUSIVE MODE');
    const going = startRunclose(
      ['replay', 'rebuild', '--report', join(folder, 'report.ndjson')],
      deployment.env,
    );
    await until('it waits for the ledgers', async () => {
      const [row] = await database.query(`
        SELECT count(*)::int AS count FROM pg_locks WHERE NOT granted AND mode = 'AccessShareLock'
          AND relation = 'runclose.channel_ledger'::regclass`);
      return Number(row?.['count']) > 0;
    });
    going.interrupt();
    await until('it says so', () => going.stderr().includes('Interrupted'));
    await holder.end();
    const { code, stderr } = await going.ended;
    expect(code).to.equal(130);
    expect(stderr).to.include(
      'Interrupted: the rebuild so far is kept. To resume, run the same command again.',
    );
    expect((await rebuild()).stderr).to.include('Resuming the rebuild that was started');
  });

  it('says whether there was anything to remove', async () => {
    const drop = async (): Promise<string> =>
      (await deployment.runclose('replay', 'rebuild', '--drop')).stderr;
    await rebuild();
    expect(await drop()).to.equal('The schema runclose_shadow was removed.\n');
    expect(await drop()).to.equal('There is no schema runclose_shadow.\n');
  });

  it('says that it has swapped, even if the report cannot be written any more', async () => {
    const full = await deployment.runclose('replay', 'rebuild', '--swap', '--yes', '--report', '/dev/full');
    expect(full.stderr).to.include('Swapped, but the end of /dev/full is missing');
    expect(full.code).to.equal(0);
  });

  it('reports everything if all decisions of a channel contradict the commands', async () => {
    const stranger = await createRawProducer(
      { client: testKafka(), groupId: deployment.groupId },
      'stranger',
    );
    try {
      await stranger.write(deployment.names.closed, 'of others', { key: Buffer.from('C-stray') });
      await stranger.commit();
    } finally {
      await stranger.close();
    }
    const { code, summary, stderr } = await rebuild('--channel', 'C-stray');
    expect(summary, stderr).to.deep.include({ channels: 0, contradictions: 1 });
    expect(code).to.equal(2);
  });
});
