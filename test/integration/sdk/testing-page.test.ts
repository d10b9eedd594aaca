import { expect } from 'chai';
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { codeBlocks, docsPage, root } from '../../support/readme.ts';

const run = promisify(execFile);

describe('The page on testing', function () {
  this.timeout(120_000);
  let folder: string;

  before(() => {
    // Inside the checkout, so that `runclose` is found as it is from an installed package.
    mkdirSync(join(root, '.stack'), { recursive: true });
    folder = mkdtempSync(join(root, '.stack', 'testing-'));
    const [box = ''] = codeBlocks('ts', docsPage('testing'));
    writeFileSync(join(folder, 'notifier.mts'), box);
    writeFileSync(join(folder, 'kit.cjs'), `require('runclose/testing').createTestRunClose();`);
  });

  after(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  it('has a box that runs unchanged', async () => {
    await run(process.execPath, ['--import', 'tsx', join(folder, 'notifier.mts')], { cwd: root });
  });

  it('may be required, and needs no client of a server', async () => {
    await run(process.execPath, [join(folder, 'kit.cjs')], { cwd: root });
    const bundle = join(folder, 'bundle.cjs');
    const servers = ['kafkajs', 'pg', 'slonik'].map((name) => `--external:${name}`);
    const esbuild = join(root, 'node_modules/.bin/esbuild');
    const args = ['--bundle', '--platform=node', `--outfile=${bundle}`, '--log-level=error', ...servers];
    await run(esbuild, [join(folder, 'kit.cjs'), ...args], { cwd: folder });
    expect(readFileSync(bundle, 'utf8')).not.to.match(/require\("(kafkajs|pg|slonik)"\)/);
  });
});
