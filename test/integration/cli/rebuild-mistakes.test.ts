import { link, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { manyCommands } from '../../support/commands.ts';
import { createDeployment, type Deployment } from '../../support/deployment.ts';
import { copyHistory } from '../../support/history-copies.ts';
import { createRawProducer } from '../../support/raw-producers.ts';
import { runRebuild, type Rebuilt } from '../../support/rebuilding.ts';
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
      expect(stderr).to.include('--report names another place');
      expect(await readFile(path)).to.deep.equal(before);
    }
  });

  it('takes no snapshot for a file of commands: its ledgers would be believed', async () => {
    const { code, stderr } = await rebuild('--file', snapshot);
    expect(code).to.equal(64);
    expect(stderr).to.include(`--snapshot ${snapshot}`);
  });

  it('refuses the file of a topic that was made anew since, and builds nothing from it', async () => {
    const elder = join(folder, 'elder.avro');
    await copyHistory(file, elder, {}, (step) => {
      if (step.kind !== 'command') return step;
      const { record } = step;
      return { ...step, record: { ...record, timestamp: record.timestamp - 86_400_000 } };
    });
    const { code, stderr } = await rebuild('--file', elder);
    expect(code).to.equal(64);
    expect(stderr).to.include('another command stands at').and.to.include('made anew');
    expect(
      await deployment.database.query(`SELECT FROM pg_tables WHERE schemaname = 'runclose_shadow'`),
    ).to.deep.equal([]);
  });

  it('says nothing good about a channel that there is not, and leaves nothing of it', async () => {
    const misspelt = await rebuild('--channel', 'C-nobody');
    expect(misspelt.code).to.equal(64);
    expect(misspelt.stderr).to.include('C-nobody');
    const withoutCommands = await rebuild('--channel', 'C-new');
    expect(withoutCommands.code, withoutCommands.stderr).to.equal(0);
    const all = await rebuild('--restart');
    expect(all.code, all.stderr).to.equal(0);
  });

  it('tells that it has exchanged, even where the report cannot take it any more', async () => {
    const full = await deployment.runclose('replay', 'rebuild', '--swap', '--yes', '--report', '/dev/full');
    expect(full.stderr).to.include('Exchanged; /dev/full lacks its end');
    expect(full.code).to.equal(0);
  });

  it('keeps quiet about nothing, where all there is of a channel contradicts the commands', async () => {
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
