import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { holdFolder, type FolderHold } from '../../../src/scratch/folder-hold.ts';
import { until } from '../../support/condition.ts';

const TIMING = { beatMs: 20, watchMs: 400 };
/** Holds the folder until it is killed. */
const HOLDER = `
  const { holdFolder } = await import(process.argv[1]);
  await holdFolder(process.argv[2], () => {}, { beatMs: 20, watchMs: 400 });
  console.log('held');
  setInterval(() => {}, 1000);
`;

describe('A folder held by one process at a time', function () {
  let folder: string;
  let others: ChildProcess[];
  let holds: FolderHold[];
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'runclose-test-'));
    [others, holds] = [[], []];
  });
  afterEach(async () => {
    for (const other of others) {
      if (other.exitCode !== null || other.signalCode !== null) continue;
      other.kill('SIGKILL');
      await once(other, 'exit');
    }
    for (const hold of holds) await hold.release();
    await rm(folder, { recursive: true });
  });

  const hold = async (): Promise<{ readonly refused: string | null; readonly watched: number }> => {
    let watched = 0;
    try {
      holds.push(await holdFolder(folder, () => (watched += 1), TIMING));
      return { refused: null, watched };
    } catch (error) {
      expect(error).to.include({ code: 'STATE_IN_USE' });
      return { refused: (error as Error).message, watched };
    }
  };

  const startOther = async (): Promise<ChildProcess> => {
    const module = new URL('../../../src/scratch/folder-hold.ts', import.meta.url).href;
    const args = ['--import', 'tsx', '--input-type', 'module', '--eval', HOLDER, module, folder];
    const other = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    others.push(other);
    await once(other.stdout, 'data');
    return other;
  };

  /** As a process in another container, or on another machine, would have written it. */
  const makeForeign = async (): Promise<void> => {
    const [name = ''] = (await readdir(folder)).filter((each) => /^holder-\d+$/.test(each));
    const holder = JSON.parse(await readFile(join(folder, name), 'utf8')) as object;
    const foreign = { ...holder, space: 'another boot/pid:[1]', processId: 1, startedAt: '7' };
    await writeFile(join(folder, name), JSON.stringify(foreign));
  };

  it('is refused to the next one, and free when the holder was killed', async () => {
    const other = await startOther();
    expect((await hold()).refused).to.include(`process ${String(other.pid)} on`);
    other.kill('SIGKILL');
    await once(other, 'exit');
    expect(await hold()).to.deep.equal({ refused: null, watched: 0 });
  });

  it('is refused while a holder stands still on the same machine', async () => {
    const other = await startOther();
    other.kill('SIGSTOP');
    expect((await hold()).refused).to.include(`process ${String(other.pid)} on`);
  });

  it('is refused while a holder in another container touches its file, whatever its process id', async () => {
    const other = await startOther();
    await makeForeign();
    expect(await hold())
      .to.deep.include({ watched: 1 })
      .and.to.have.property('refused')
      .that.is.a('string');
    other.kill('SIGKILL');
    await once(other, 'exit');
    expect(await hold()).to.deep.equal({ refused: null, watched: 1 });
  });

  it('is not taken for held when another process got the same id', async () => {
    const other = await startOther();
    const [name = ''] = await readdir(folder);
    const holder = JSON.parse(await readFile(join(folder, name), 'utf8')) as object;
    await writeFile(join(folder, name), JSON.stringify({ ...holder, startedAt: '7' }));
    expect((await hold()).refused).to.equal(null);
    other.kill('SIGKILL');
  });

  it('is reported to a holder that lost it while it stood still', async () => {
    await hold();
    await makeForeign();
    const [name = ''] = await readdir(folder);
    let lost = '';
    holds[0]?.lost.catch((error: unknown) => (lost = (error as { code: string }).code));
    await rm(join(folder, name));
    await until('the holder knows', () => lost === 'STATE_TAKEN_OVER');
  });

  it('goes to one of many that begin in the same moment', async () => {
    const held = await Promise.all(Array.from({ length: 8 }, hold));
    expect(held.filter(({ refused }) => refused === null)).to.have.length(1);
  });
});
