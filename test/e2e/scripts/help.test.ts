import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect } from 'chai';
import { root } from '../../../scripts/stack/folders.ts';

describe('The scripts of npm run', function () {
  this.timeout(60_000);

  const script = (name: string, ...args: string[]) =>
    spawnSync(process.execPath, ['--import', 'tsx', join(root, 'scripts', `${name}.ts`), ...args], {
      cwd: root,
      encoding: 'utf8',
    });

  for (const name of ['stack', 'demo', 'test', 'chaos', 'chaos-clients', 'bench'])
    it(`tell with --help what ${name} takes, and do nothing else`, () => {
      const { status, stdout, stderr } = script(name, '--help');
      expect(stderr).to.equal('');
      expect(stdout)
        .to.match(new RegExp(`^npm (run )?${name}( --|\\s)`))
        .and.not.to.include('passed, 0 failed');
      expect(status).to.equal(0);
    });

  for (const name of ['stack', 'demo'])
    it(`show the same where ${name} is told what it does not know`, () => {
      const { status, stdout, stderr } = script(name, '--wipeout');
      expect(stderr).to.equal(script(name, '--help').stdout);
      expect(stdout).to.equal('');
      expect(status).to.equal(64);
    });

  it('show the same if test is told an unknown option, and count this as a failure', () => {
    const { status, stdout, stderr } = script('test', '--wipeout');
    expect(stderr).to.equal(`Unknown option '--wipeout'\n\n${script('test', '--help').stdout}\n`);
    expect(stdout).to.equal('0 passed, 1 failed\n');
    expect(status).to.equal(64);
  });
});
