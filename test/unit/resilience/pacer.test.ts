import { expect } from 'chai';
import { useFakeTimers } from 'sinon';
import { createPacer } from '../../../src/resilience/pacer.ts';

describe('the pacer', () => {
  it('waits longer each time, up to two seconds, and never less than half of that', async () => {
    const clock = useFakeTimers();
    try {
      const pacer = createPacer(new AbortController().signal);
      for (const [attempt, longest] of [
        [1, 100],
        [3, 400],
        [50, 2_000],
      ] as const) {
        let done = false;
        const waiting = pacer.beforeRetry(attempt).then(() => (done = true));
        await clock.tickAsync(longest / 2 - 1);
        expect(done, `attempt ${String(attempt)} too early`).to.equal(false);
        await clock.tickAsync(longest / 2 + 1);
        expect(done, `attempt ${String(attempt)} too late`).to.equal(true);
        await waiting;
      }
    } finally {
      clock.restore();
    }
  });

  it('does not hold up a process that is stopping', async () => {
    const stopping = new AbortController();
    const waiting = createPacer(stopping.signal).beforeRetry(50);
    stopping.abort();
    await waiting;
  });
});
