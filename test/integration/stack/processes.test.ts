import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { identify, isRunning } from '../../../scripts/process-identity.mjs';
import { descendantsOf } from '../../../scripts/stack/process-tree.ts';
import { endProcess, startDetached, tailOf } from '../../../scripts/stack/processes.ts';

describe('A detached process', () => {
  const folder = mkdtempSync(join(tmpdir(), 'runclose-processes-'));
  const log = join(folder, 'log');

  const start = (script: string) =>
    startDetached({ command: '/bin/sh', args: ['-c', script], cwd: folder }, log);

  const says = async (word: string): Promise<void> => {
    const deadline = Date.now() + 20_000;
    while (!readFileSync(log, 'utf8').includes(word)) {
      if (Date.now() > deadline) throw new Error(`the process never said ${word}`);
      await sleep(10);
    }
  };

  after(() => rmSync(folder, { recursive: true }));

  it('is known by its id and the moment it started, so that a recycled id is somebody else', async () => {
    const identity = start('sleep 60');
    expect(isRunning(identity)).to.equal(true);
    expect(isRunning({ ...identity, startedAt: 'another time' })).to.equal(false);
    await endProcess({ ...identity, startedAt: 'another time' }, ['SIGKILL']);
    expect(isRunning(identity), 'a stranger under a recycled id is not touched').to.equal(true);
    await endProcess(identity, ['SIGTERM']);
    expect(isRunning(identity)).to.equal(false);
    expect(identify(identity.pid)).to.equal(undefined);
  });

  it('is ended with all that it has started', async () => {
    const identity = start('sh -c "sleep 60 & echo ready; wait" & wait');
    await says('ready');
    const family = descendantsOf(identity.pid);
    expect(family).to.have.length(2);
    await endProcess(identity, []);
    expect(family.filter(isRunning)).to.deep.equal([]);
  });

  it('gets to finish when it is asked politely', async () => {
    const identity = start('trap "echo finished; exit 0" TERM; echo ready; while :; do sleep 0.05; done');
    await says('ready');
    await endProcess(identity, ['SIGTERM']);
    expect(tailOf(log)).to.equal('ready\nfinished');
  });

  it('keeps the log of the time before', async () => {
    const earlier = start('echo earlier; sleep 60');
    await says('earlier');
    await endProcess(earlier, ['SIGTERM']);
    await endProcess(start('sleep 60'), ['SIGTERM']);
    expect(readFileSync(`${log}.previous`, 'utf8')).to.equal('earlier\n');
  });

  it('that cannot be run is an error, not a crash', () => {
    expect(() => startDetached({ command: join(folder, 'nothing'), args: [], cwd: folder }, log)).to.throw(
      'nothing',
    );
  });
});
