import { spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import type { HistoryStep } from '../../../src/replay/history.ts';
import { copyHistory } from '../../support/history-copies.ts';

const MAIN = fileURLToPath(new URL('../../../dist/cli/main.js', import.meta.url));
const RECORDED = 'test/replay/0.1.0/fair-share.avro';

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

  /** In a shell, `$R` being the command line. The exit code is the command's own, not that of what it is piped into. */
  const shell = (script: string): { code: number | null; stdout: string; stderr: string } => {
    const { status, stdout, stderr } = spawnSync('bash', ['--norc', '-o', 'pipefail', '-c', script], {
      env: {
        PATH: process.env['PATH'],
        R: `${process.execPath} ${MAIN}`,
        TAMPERED: tampered,
        FOLDER: folder,
      },
      encoding: 'utf8',
    });
    return { code: status, stdout, stderr };
  };
  const verify = '$R replay verify --file $TAMPERED --no-database';
  const whatIf = `$R replay what-if --file ${RECORDED} --policy least-recent`;

  it('does not keep a check from its end: the exit code tells what it found', () => {
    expect(shell(`${verify} | true`).code).to.equal(2);
    expect(shell(`${verify} --json >&-`).code).to.equal(2);
  });

  it('ends what only shows something with 0', () => {
    expect(shell(`${whatIf} | true`)).to.include({ code: 0, stderr: '' });
    expect(shell('$R --help | true')).to.include({ code: 0, stderr: '' });
  });

  it('does no harm if it is stderr', () => {
    expect(shell(`{ ${whatIf} 2>&1 >/dev/null; } | true`).code).to.equal(0);
    expect(shell(`${verify} 2>/dev/full >/dev/null`).code).to.equal(2);
  });

  for (const command of [whatIf, `${whatIf} --json`, verify, '$R --help', '$R --version'])
    it(`is an error on a full disk: ${command.replace('$R', 'runclose').split(' --')[0] ?? ''}`, () => {
      const { code, stderr } = shell(`${command} > /dev/full`);
      expect(code).to.equal(1);
      expect(stderr).to.include('runclose: stdout cannot be written, and is not complete: ENOSPC');
      expect(stderr).to.not.match(/^ +at /m);
    });

  it('is an error if the disk has room for a part of the text', async () => {
    const { code, stderr } = shell(
      `trap '' XFSZ; ulimit -f 1; $R replay rebuild --help > $FOLDER/help; echo $? >&2; exit 0`,
    );
    expect([code, stderr.split('\n').at(-2)]).to.deep.equal([0, '1']);
    expect(stderr).to.include('stdout cannot be written');
    expect((await readFile(join(folder, 'help'))).length).to.equal(1024);
  });
});
