import { expect } from 'chai';
import sinon from 'sinon';
import { watchAnswers } from '../../../../src/operations/serve/answer-watch.ts';
import type { Failure } from '../../../../src/processor/failure.ts';

describe('The watch for a worker that does not answer', () => {
  let clock: sinon.SinonFakeTimers;
  let logged: string[];
  let failures: Failure[];
  let answer: () => Promise<unknown>;
  let watch: { stop(): void };

  beforeEach(() => {
    clock = sinon.useFakeTimers();
    [logged, failures] = [[], []];
    answer = () => new Promise(() => undefined);
    watch = watchAnswers({
      worker: 2,
      ask: () => answer(),
      logger: { error: (_: unknown, message?: string) => void logged.push(message ?? '') } as never,
      onStandstill: (failure) => failures.push(failure),
    });
  });
  afterEach(() => {
    watch.stop();
    clock.restore();
  });

  it('reports after two minutes, and ends the process after five, once', async () => {
    await clock.tickAsync(120_000);
    expect(logged).to.deep.equal([]);
    await clock.tickAsync(60_000);
    expect(logged).to.deep.equal(['worker 2 has not answered for 120 s']);
    expect(failures).to.deep.equal([]);
    await clock.tickAsync(1_200_000);
    expect(failures.map(({ code, message }) => [code, message])).to.deep.equal([
      ['STANDSTILL', 'worker 2 has not answered for 300 s'],
    ]);
  });

  it('starts again with every answer', async () => {
    let late: (() => void) | undefined;
    answer = () => new Promise<void>((resolve) => (late = resolve));
    for (let minutes = 0; minutes < 30; minutes++) {
      await clock.tickAsync(60_000);
      late?.();
    }
    expect([logged, failures]).to.deep.equal([[], []]);
  });

  it('does not blame the worker for the time in which the process itself was frozen', async () => {
    await clock.tickAsync(20_000);
    clock.setSystemTime(Date.now() + 3_600_000);
    await clock.tickAsync(20_000);
    expect([logged, failures]).to.deep.equal([[], []]);
  });
});
