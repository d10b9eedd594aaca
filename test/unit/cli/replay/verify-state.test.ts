import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { openVerifyState } from '../../../../src/cli/replay/verify-state.ts';

const UNDERTAKING = { 'file length': 1000, '--channel': null, '--limit': 100 };

describe('The folder of a verification', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'runclose-test-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  const refusal = async (path: string, undertaking: Parameters<typeof openVerifyState>[1]) =>
    openVerifyState(path, undertaking).then(
      () => null,
      (error: unknown) => error as Error,
    );

  it('is taken up again by the same verification, and by no other, whose differences are named', async () => {
    await openVerifyState(folder, UNDERTAKING);
    await openVerifyState(folder, UNDERTAKING);
    const failure = await refusal(folder, { ...UNDERTAKING, 'file length': 1001, '--channel': 'C1' });
    expect(failure).to.include({ code: 'WRONG_USE' });
    expect(failure?.message).to.include('file length (1000 then, 1001 now), --channel (none then, C1 now)');
  });

  it('is of one process at a time, and free when that was killed', async () => {
    const other = spawn(process.execPath, ['--eval', 'setInterval(() => {}, 1000)']);
    await openVerifyState(folder, UNDERTAKING);
    await writeFile(join(folder, 'process-id'), String(other.pid));
    expect((await refusal(folder, UNDERTAKING))?.message).to.include('is verifying with it');
    other.kill('SIGKILL');
    await once(other, 'exit');
    expect(await refusal(folder, UNDERTAKING)).to.equal(null);
  });

  it('is left alone where it holds something else', async () => {
    await writeFile(join(folder, 'thesis.txt'), 'ten years');
    const failure = await refusal(folder, UNDERTAKING);
    expect(failure?.message).to.include('holds something that no verification has left');
    expect(await readdir(folder)).to.deep.equal(['thesis.txt']);
  });

  it('is not gone on with where it is damaged, and says so', async () => {
    for (const text of ['', '{"file length": 10', 'null', '7']) {
      await writeFile(join(folder, 'verification.json'), text);
      expect(await refusal(folder, UNDERTAKING)).to.include({ code: 'STATE_DAMAGED' });
    }
  });

  it('forgets what another verification had left that was killed while it removed it', async () => {
    const state = await openVerifyState(folder, UNDERTAKING);
    await writeFile(join(state.folder, 'all.checkpoint'), 'of the other one');
    await rm(join(folder, 'verification.json'));
    await openVerifyState(folder, { ...UNDERTAKING, '--channel': 'C1' });
    expect(await readdir(state.folder)).to.deep.equal([]);
  });

  it('is empty when the verification has come to its end', async () => {
    const state = await openVerifyState(folder, UNDERTAKING);
    await writeFile(join(state.folder, '0.checkpoint'), '');
    await state.remove();
    expect(await readdir(folder)).to.deep.equal([]);
  });
});
