import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { exitCodeOf } from '../../../../src/cli/frame/exit-codes.ts';
import { describeFailure } from '../../../../src/cli/frame/failure-text.ts';
import { openVerifyState } from '../../../../src/operations/verify/verify-state.ts';

const IDENTITY = { 'file length': 1000, '--channel': null, '--limit': 100 };
const SOON = { beatMs: 20, watchMs: 200 };

describe('The folder of a verification', () => {
  let folder: string;
  let closers: (() => Promise<void> | void)[];
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'runclose-test-'));
    closers = [];
  });
  const close = async (): Promise<void> => {
    for (const closer of closers.splice(0)) await closer();
  };
  afterEach(async () => {
    await close();
    await rm(folder, { recursive: true });
  });

  type Context = Parameters<typeof openVerifyState>[0];
  const context: Context = {
    note: () => undefined,
    onClose: (closer) => void closers.push(closer),
  };
  const openState = (path = folder, identity: Parameters<typeof openVerifyState>[2] = IDENTITY) =>
    openVerifyState(context, path, identity, SOON);
  const refusal = async (...args: Parameters<typeof openState>) =>
    openState(...args).then(
      () => null,
      (error: unknown) => error as Error,
    );

  it('is resumed by the same verification, and by no other, whose differences are named', async () => {
    await openState();
    await close();
    await openState();
    await close();
    const failure = await refusal(folder, { ...IDENTITY, 'file length': 1001, '--channel': 'C1' });
    expect(failure).to.include({ code: 'WRONG_USE' });
    expect(failure?.message).to.include('file length (1000 then, 1001 now), --channel (none then, C1 now)');
  });

  it('is for one process at a time', async () => {
    await openState();
    const failure = await refusal();
    expect(failure).to.include({ code: 'STATE_IN_USE' });
    expect(failure?.message).to.include(`process ${String(process.pid)} on`);
    expect(exitCodeOf(failure)).to.equal(1);
    expect(describeFailure(failure, {})).to.include('when that process has ended, or name another folder');
  });

  it('is made for its owner alone', async () => {
    const state = await openState(join(folder, 'new'));
    expect((await stat(join(folder, 'new'))).mode & 0o077).to.equal(0);
    expect((await stat(state.folder)).mode & 0o077).to.equal(0);
  });

  for (const [title, path] of [
    ['a file', 'thesis.txt'],
    ['a file named as one of ours', 'verification.json'],
    ['a folder named as one of ours', 'kept/thesis.txt'],
    ['a file named as a holder of ours', 'holder-1'],
  ] as const) {
    it(`is left alone if it holds ${title} and was not made by a verification`, async () => {
      await mkdir(join(folder, path, '..'), { recursive: true });
      await writeFile(join(folder, path), '{"ten":"years"}');
      const failure = await refusal();
      expect(failure).to.include({ code: 'WRONG_USE' });
      expect(failure?.message).to.include('the folder is not empty and no verification made it');
      expect(await readFile(join(folder, path), 'utf8')).to.equal('{"ten":"years"}');
      expect(await readdir(folder)).to.have.length(1);
    });
  }

  it('is refused if a symbolic link leads out of it', async () => {
    const outside = await mkdtemp(join(tmpdir(), 'runclose-test-'));
    try {
      await writeFile(join(outside, 'all'), 'ten years');
      const state = await openState();
      await close();
      await symlink(join(outside, 'all'), join(state.folder, 'all'));
      expect((await refusal())?.message).to.include('its entry all was not made by a verification');
      await rm(state.folder, { recursive: true });
      await symlink(outside, state.folder);
      expect((await refusal())?.message).to.include('its entry kept was not made by a verification');
      expect(await readFile(join(outside, 'all'), 'utf8')).to.equal('ten years');
    } finally {
      await rm(outside, { recursive: true });
    }
  });

  it('is not resumed if it is damaged, and says so', async () => {
    await openState();
    await close();
    for (const text of ['', '{"file length": 10', 'null', '7']) {
      await writeFile(join(folder, 'verification.json'), text);
      expect(await refusal()).to.include({ code: 'STATE_DAMAGED' });
      await close();
    }
  });

  it('forgets the progress of another verification that was killed while it removed its files', async () => {
    const state = await openState();
    await close();
    await writeFile(join(state.folder, 'all.checkpoint'), 'of the other one');
    await rm(join(folder, 'verification.json'));
    await openState(folder, { ...IDENTITY, '--channel': 'C1' });
    expect(await readdir(state.folder)).to.deep.equal([]);
  });

  it('is empty when the verification is complete', async () => {
    const state = await openState();
    for (const name of ['0', '0.checkpoint', 'all', 'ranges.json', 'ledgers.avro'])
      await writeFile(join(state.folder, name), '');
    await state.remove();
    expect(await readdir(folder)).to.deep.equal([]);
  });

  it('keeps the files that somebody else put into it', async () => {
    const state = await openState();
    await writeFile(join(folder, 'thesis.txt'), 'ten years');
    await writeFile(join(state.folder, 'notes.txt'), 'more years');
    await state.remove();
    expect(await readdir(folder)).to.deep.equal(['kept', 'thesis.txt']);
    expect(await readdir(state.folder)).to.deep.equal(['notes.txt']);
  });
});
