import { expect } from 'chai';
import { execFile, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { until } from '../support/condition.ts';
import { createDeployment, type Deployment } from '../support/deployment.ts';
import { codeBlocks, docsPage, root } from '../support/readme.ts';

const execute = promisify(execFile);

describe('what the README says to do', function () {
  this.timeout(120_000);

  let deployment: Deployment;
  let folder: string;
  let env: Record<string, string | undefined>;
  const [publish = '', subscribe = ''] = codeBlocks('ts');
  const [closeAndWait = ''] = codeBlocks('ts', docsPage('publishing'));
  const [notify = ''] = codeBlocks('ts', docsPage('subscribing'));

  before(async () => {
    // Inside the checkout, so that `runclose` is found as it is from an installed package.
    mkdirSync(join(root, '.stack'), { recursive: true });
    folder = mkdtempSync(join(root, '.stack', 'readme-'));
    writeFileSync(join(folder, 'publish.mts'), publish);
    writeFileSync(join(folder, 'subscribe.mts'), subscribe);
    writeFileSync(join(folder, 'close.mts'), closeAndWait);
    writeFileSync(join(folder, 'notify.mts'), notify);
    deployment = await createDeployment();
    env = { ...process.env, ...deployment.env };
    await deployment.serve();
  });

  after(async () => {
    rmSync(folder, { recursive: true, force: true });
    await deployment.remove();
  });

  it('closes the example, and knows it when it comes again', async () => {
    const commands = codeBlocks('sh').find((block) => block.includes('runclose request')) ?? '';
    const { stdout } = await execute('sh', ['-e', '-c', commands], { cwd: root, env });
    expect(stdout).to.match(/^closed .*Ada goes, by lot: this is the first run here/m);
    expect(stdout).to.match(/^duplicate .*close-friday/m);
    expect(stdout).to.match(/^friday was run 1 of office, by fair-share/m);
  });

  it('reaches the stack of the checkout, without anything in the environment', async () => {
    mkdirSync(join(folder, '.stack'));
    const lines = Object.entries(deployment.env).map(([name, value]) => `${name}=${value}\n`);
    writeFileSync(join(folder, '.stack/env'), lines.join(''));
    const without = Object.fromEntries(
      Object.entries(process.env).filter(([name]) => !Object.hasOwn(deployment.env, name)),
    );
    const { stdout } = await execute(process.execPath, ['--import', 'tsx', 'publish.mts'], {
      cwd: folder,
      env: without,
    });
    expect(stdout).to.include("commandId: 'close-monday'");
  });

  it('publishes and subscribes in TypeScript that compiles and runs unchanged', async () => {
    compile(folder);
    const { stdout } = await execute(process.execPath, ['--import', 'tsx', join(folder, 'publish.mts')], {
      cwd: root,
      env,
    });
    expect(stdout)
      .to.include("commandId: 'close-monday'")
      .and.match(/outcome: '(closed|duplicate)'/);

    const run = await subscribed('subscribe.mts', 'Ben: espresso');
    expect(run).to.deep.equal([0, null]);
  });

  it('closes a run and waits for its outcome, twice, as the page on publishing says', async () => {
    for (const _ of [1, 2]) {
      const { stdout } = await execute(process.execPath, ['--import', 'tsx', join(folder, 'close.mts')], {
        cwd: root,
        env,
      });
      expect(stdout).to.match(/^(Ada|Ben) goes: /);
    }
    expect(await subscribed('notify.mts', 'ready')).to.deep.equal([0, null]);
  });

  /** Runs a subscriber until it has printed a text, and ends it. Resolves with its exit code and signal. */
  const subscribed = async (file: string, printed: string): Promise<unknown[]> => {
    const subscriber = spawn(process.execPath, ['--import', 'tsx', join(folder, file)], { cwd: root, env });
    let seen = '';
    subscriber.stdout.on('data', (chunk: Buffer) => (seen += chunk.toString()));
    await until(`${file} has printed ${printed}`, () => seen.includes(printed), 60_000);
    subscriber.kill('SIGTERM');
    return once(subscriber, 'exit');
  };
});

const compile = (folder: string): void => {
  const settings = {
    extends: join(root, 'tsconfig.json'),
    compilerOptions: {
      noEmit: true,
      incremental: false,
      tsBuildInfoFile: null,
      declaration: false,
      rootDir: root,
    },
    include: ['*.mts'],
  };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(settings));
  const compiler = join(root, 'node_modules/typescript/bin/tsc');
  const { status, stdout } = spawnSync(process.execPath, [compiler, '-p', folder], { encoding: 'utf8' });
  expect(stdout).to.equal('');
  expect(status).to.equal(0);
};
