import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { createDeployment, type Deployment } from '../../support/deployment.ts';
import { runRunclose } from '../../support/runclose-process.ts';

describe('replay snapshot', function () {
  this.timeout(60_000);
  let deployment: Deployment;
  let folder: string;

  const snapshot = (file: string, env: Readonly<Record<string, string>> = {}) =>
    runRunclose(['replay', 'snapshot', join(folder, file), '--json'], { ...deployment.env, ...env });

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'runclose-test-'));
    deployment = await createDeployment(1);
  });
  after(async () => {
    await deployment.remove();
    await rm(folder, { recursive: true });
  });

  it('refuses a topic that does not exist', async () => {
    const { code, stderr } = await snapshot('nope.avro', { TOPIC_PREFIX: 'nope.' });
    expect(code, stderr).to.equal(78);
    expect(stderr).to.include('there is no topic nope.run.close.requested: check TOPIC_PREFIX');
    expect(await readdir(folder)).to.deep.equal([]);
  });

  it('writes the ledgers before anything is decided, and refuses ledgers that come from elsewhere', async () => {
    await deployment.runclose('channel', 'set', 'C1', '--policy', 'window-count');
    const { code, stdout, stderr } = await snapshot('at-first.avro');
    expect(code, stderr).to.equal(0);
    expect(JSON.parse(stdout)).to.deep.include({ channels: 1, positions: [] });

    await deployment.database.query(`UPDATE runclose.channel_ledger SET revision = revision + 1`);
    const refused = await snapshot('elsewhere.avro');
    expect(refused.code).to.equal(1);
    expect(refused.stderr)
      .to.include(`no decision on ${deployment.names.requested} in cluster`)
      .and.to.include('DATABASE_URL');
    expect(await readdir(folder)).to.deep.equal(['at-first.avro']);
  });
});
