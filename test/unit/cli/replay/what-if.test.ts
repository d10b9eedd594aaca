import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import type { HistoryStep } from '../../../../src/replay/history.ts';
import { runcloseHere, type Ran } from '../../../support/command-line.ts';
import { copyHistory } from '../../../support/history-copies.ts';

const RECORDED = 'test/replay/0.1.0/fair-share.avro';

describe('replay what-if, of a file', () => {
  let folder: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'runclose-test-'));
  });
  after(() => rm(folder, { recursive: true }));

  /** The recorded history without the run.closed events that are taken out of it. */
  const historyWithout = async (isTaken: (n: number) => boolean): Promise<string> => {
    const path = join(folder, 'history.avro');
    let n = 0;
    const stepOf = (step: HistoryStep): HistoryStep =>
      step.kind === 'command'
        ? { ...step, emitted: step.emitted.filter(({ kind }) => kind !== 'run.closed' || !isTaken(n++)) }
        : step;
    await copyHistory(RECORDED, path, {}, stepOf);
    return path;
  };

  const whatIf = (file: string, ...args: string[]): Promise<Ran> =>
    runcloseHere(['replay', 'what-if', '--file', file, ...args]);

  it('says that a run is missing in the middle, in the text, in JSON and on the page', async () => {
    const file = await historyWithout((n) => n === 100);
    const page = join(folder, 'page.html');
    const told = await whatIf(file, '--policy', 'least-recent', '--report', page);
    expect(told.exitCode, told.stderr).to.equal(0);
    const note = '1 run in the middle of 1 channel is missing: both columns continue without it';
    expect(told.stdout).to.include(note);
    expect(await readFile(page, 'utf8')).to.include(`<p>${note}`);
    const { stdout } = await whatIf(file, '--policy', 'least-recent', '--json');
    expect(JSON.parse(stdout)).to.include({ missingRuns: 1, channelsWithMissingRuns: 1 });
    expect((await whatIf(RECORDED, '--policy', 'least-recent')).stdout).to.not.include('missing');
  });

  it('refuses to report on no runs', async () => {
    const file = await historyWithout(() => true);
    const page = join(folder, 'nothing.html');
    const told = await whatIf(file, '--policy', 'least-recent', '--report', page);
    expect(told).to.include({ exitCode: 64, stdout: '' });
    expect(told.stderr).to.include(`no run.closed event was read from ${file}: the file has none`);
    expect(await readFile(page).catch(() => 'not written')).to.equal('not written');
  });

  it('says that only one policy uses the window, if no run is decided by that policy', async () => {
    const note = 'no run is decided under window-count';
    const nobody = await whatIf(RECORDED, '--window-runs', '3');
    expect(nobody.stdout).to.include('0 picks would differ').and.to.include(note);
    expect((await whatIf(RECORDED, '--policy', 'window-count', '--window-runs', '3')).stdout).to.not.include(
      note,
    );
    expect((await whatIf(RECORDED, '--policy', 'least-recent')).stdout).to.not.include(note);
    const inForce = await whatIf('test/replay/0.1.0/window-count.avro', '--window-runs', '3', '--json');
    expect((JSON.parse(inForce.stdout) as { readonly runsByWindow: number }).runsByWindow).to.be.above(0);
  });
});
