import { spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import type { HistoryStep } from '../../../src/replay/history.ts';
import { aCommand, manyCommands } from '../../support/commands.ts';
import { createDeployment, type Deployment } from '../../support/deployment.ts';
import { copyHistory } from '../../support/history-copies.ts';

const MAIN = fileURLToPath(new URL('../../../dist/cli/main.js', import.meta.url));
const RECORDED = 'test/replay/0.1.0/fair-share.avro';

type Ran = { readonly code: number | null; readonly stdout: string; readonly stderr: string };

/** In a shell, `$R` being the command line. The exit code is the command's own, not that of what it is piped into. */
const shell = (script: string, env: Readonly<Record<string, string>>): Ran => {
  const { status, stdout, stderr } = spawnSync('bash', ['--norc', '-o', 'pipefail', '-c', script], {
    env: { PATH: process.env['PATH'], R: `${process.execPath} ${MAIN}`, ...env },
    encoding: 'utf8',
  });
  return { code: status, stdout, stderr };
};

describe('A stdout that is lost', function () {
  this.timeout(120_000);
  let folder: string;
  let tampered: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'runclose-test-'));
    tampered = join(folder, 'tampered.avro');
    let n = 0;
    const withoutOne = (step: HistoryStep): HistoryStep =>
      step.kind === 'command' && n++ === 3 ? { ...step, emitted: [] } : step;
    await copyHistory(RECORDED, tampered, {}, withoutOne);
  });
  after(() => rm(folder, { recursive: true }));

  const inShell = (script: string): Ran => shell(script, { TAMPERED: tampered, FOLDER: folder });
  const verify = '$R replay verify --file $TAMPERED --no-database';
  const whatIf = `$R replay what-if --file ${RECORDED} --policy least-recent`;

  it('does not stop a check: the exit code gives its result', () => {
    expect(inShell(`${verify} | true`).code).to.equal(2);
    expect(inShell(`${verify} --json >&-`).code).to.equal(2);
  });

  it('ends a command that only shows something with 0', () => {
    expect(inShell(`${whatIf} | true`)).to.include({ code: 0, stderr: '' });
    expect(inShell('$R --help | true')).to.include({ code: 0, stderr: '' });
  });

  it('does no harm if it is stderr', () => {
    expect(inShell(`{ ${whatIf} 2>&1 >/dev/null; } | true`).code).to.equal(0);
    expect(inShell(`${verify} 2>/dev/full >/dev/null`).code).to.equal(2);
  });

  for (const command of [whatIf, `${whatIf} --json`, verify, '$R --help', '$R --version'])
    it(`is an error on a full disk: ${command.replace('$R', 'runclose').split(' --')[0] ?? ''}`, () => {
      const { code, stderr } = inShell(`${command} > /dev/full`);
      expect(code).to.equal(1);
      expect(stderr).to.include('runclose: stdout cannot be written, so the output is incomplete: ENOSPC');
      expect(stderr).to.not.match(/^ +at /m);
    });

  it('is an error if the disk has room for a part of the text', async () => {
    const { code, stderr } = inShell(
      `trap '' XFSZ; ulimit -f 1; $R replay rebuild --help > $FOLDER/help; echo $? >&2; exit 0`,
    );
    expect([code, stderr.split('\n').at(-2)]).to.deep.equal([0, '1']);
    expect(stderr).to.include('stdout cannot be written');
    expect((await readFile(join(folder, 'help'))).length).to.equal(1024);
  });
});

describe('A stdout that is lost while commands are published', function () {
  this.timeout(120_000);
  const COMMANDS = 2_500;
  let deployment: Deployment;
  let folder: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'runclose-test-'));
    deployment = await createDeployment(2);
    const commands = manyCommands(COMMANDS).map((each) => JSON.stringify(aCommand(each)));
    await writeFile(join(folder, 'commands.ndjson'), commands.join('\n'));
  });
  after(async () => {
    await deployment.remove();
    await rm(folder, { recursive: true });
  });

  const published = async (): Promise<number> => (await deployment.read(deployment.names.requested)).length;

  it('leaves none of them out when its reader leaves', async () => {
    const { code, stdout } = shell(`$R request ${folder}/commands.ndjson | head -1`, deployment.env);
    expect(code).to.equal(0);
    expect(stdout.split('\n')).to.have.length(2);
    expect(await published()).to.equal(COMMANDS);
  });

  it('leaves none of them out on a full disk, and is an error', async () => {
    const { code, stderr } = shell(`$R request ${folder}/commands.ndjson --json > /dev/full`, deployment.env);
    expect(code).to.equal(1);
    expect(stderr).to.include('stdout cannot be written');
    expect(await published()).to.equal(2 * COMMANDS);
  });

  it('ends a command that only shows them with 0', () => {
    expect(shell('$R tail --until-end | head -1', deployment.env).code).to.equal(0);
  });
});
