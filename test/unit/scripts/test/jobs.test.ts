import { setImmediate as turn } from 'node:timers/promises';
import { expect } from 'chai';
import { planJobs, runJobs, type Job } from '../../../../scripts/test/jobs.ts';

const job = (name: string, cores = 1): Job => ({ files: [name], seconds: 1, cores });

/** Runs the jobs, each until it is ended by its name. */
const begin = (jobs: readonly Job[], cores: number) => {
  const controller = new AbortController();
  const ends = new Map<string, () => void>();
  const started: string[] = [];
  const all = runJobs(jobs, {
    cores,
    signal: controller.signal,
    run: ({ files: [name = ''] }) =>
      new Promise<string>((resolve) => {
        started.push(name);
        ends.set(name, () => {
          resolve(name);
        });
      }),
  });
  return {
    started,
    all,
    abort: () => {
      controller.abort();
    },
    end: async (name: string) => {
      ends.get(name)?.();
      await turn();
    },
  };
};

describe('The processes that run the tests', () => {
  it('take each file once, the long ones first and by themselves', () => {
    const files = ['unit/a', 'delivery/b', 'delivery/c', 'delivery/d'].map((name) => `test/${name}.test.ts`);
    const jobs = planJobs(
      files,
      { 'test/delivery/b.test.ts': 30, 'test/delivery/c.test.ts': 5, 'test/delivery/d.test.ts': 90 },
      2,
    );
    expect(jobs.map((each) => each.files)).to.deep.equal([[files[3]], [files[1]], [files[2]], [files[0]]]);
  });

  it('share short files, yet leave no core idle', () => {
    const files = Array.from({ length: 50 }, (_, n) => `test/unit/${n}.test.ts`);
    const jobs = planJobs(files, {}, 2);
    expect(jobs.map((each) => each.files.length)).to.deep.equal([25, 25]);
    expect(jobs.flatMap((each) => each.files)).to.have.members(files);
  });

  it('hold the files of one tier', () => {
    const files = ['test/unit/a.test.ts', 'test/replay/b.test.ts'];
    expect(planJobs(files, {}, 1).map((each) => each.files)).to.have.deep.members(
      files.map((file) => [file]),
    );
  });

  it('run side by side until the cores are busy, and the next one starts when one has ended', async () => {
    const running = begin([job('a'), job('b', 0.5), job('c', 0.5), job('d')], 2);
    expect(running.started).to.deep.equal(['a', 'b', 'c']);
    await running.end('b');
    expect(running.started, 'half a core is free').to.have.length(3);
    await running.end('c');
    expect(running.started).to.deep.equal(['a', 'b', 'c', 'd']);
    await running.end('a');
    await running.end('d');
    expect(await running.all).to.deep.equal(['b', 'c', 'a', 'd']);
  });

  it('let a short one pass while a larger one waits for room', async () => {
    const running = begin([job('a', 0.5), job('large'), job('b', 0.5)], 1);
    expect(running.started).to.deep.equal(['a', 'b']);
    for (const name of ['a', 'b', 'large']) await running.end(name);
    expect(await running.all).to.deep.equal(['a', 'b', 'large']);
  });

  it('run one at a time if each wants more than there is', async () => {
    const running = begin([job('a', 2), job('b', 2)], 1);
    expect(running.started).to.deep.equal(['a']);
    await running.end('a');
    await running.end('b');
    expect(await running.all).to.deep.equal(['a', 'b']);
  });

  it('start no more once somebody interrupts', async () => {
    const running = begin([job('a'), job('b')], 1);
    running.abort();
    await running.end('a');
    expect(await running.all).to.deep.equal(['a']);
  });
});
