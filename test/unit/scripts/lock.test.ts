import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { expect } from 'chai';
import { withLock } from '../../../scripts/lock.mjs';

describe('A lock between processes', () => {
  const folder = mkdtempSync(join(tmpdir(), 'runclose-lock-'));
  const path = join(folder, 'lock');

  after(() => rmSync(folder, { recursive: true }));

  it('lets one in after the other', async () => {
    let inside = 0;
    let most = 0;
    const work = async (): Promise<void> => {
      inside += 1;
      most = Math.max(most, inside);
      await turn();
      inside -= 1;
    };
    await Promise.all([1, 2, 3].map(() => withLock(path, work)));
    expect(most).to.equal(1);
  });

  it('is released when the work fails', async () => {
    const failed = await withLock(path, () => Promise.reject(new Error('the work'))).catch(String);
    expect(failed).to.include('the work');
    expect(existsSync(path)).to.equal(false);
  });

  it('names the process that it waits for', async () => {
    const holders: number[] = [];
    await withLock(path, async () => {
      void withLock(
        path,
        () => Promise.resolve(),
        (holder) => holders.push(holder),
      );
      await turn();
    });
    await withLock(path, () => Promise.resolve());
    expect(holders).to.deep.equal([process.pid]);
  });

  it('is taken from the dead', async () => {
    const { pid } = spawnSync('true');
    writeFileSync(path, JSON.stringify({ pid, startedAt: 'once' }));
    expect(await withLock(path, () => Promise.resolve('mine'))).to.equal('mine');
  });

  it('is taken from a stranger under a recycled id', async () => {
    writeFileSync(path, JSON.stringify({ pid: process.pid, startedAt: 'once' }));
    expect(await withLock(path, () => Promise.resolve('mine'))).to.equal('mine');
  });

  it('is taken although another died while taking it from the dead', async () => {
    writeFileSync(path, 'half a rec');
    writeFileSync(`${path}.breaking`, '');
    const { status } = spawnSync('touch', ['-d', '1 minute ago', `${path}.breaking`]);
    expect(status).to.equal(0);
    expect(await withLock(path, () => Promise.resolve('mine'))).to.equal('mine');
  });
});
