import { setTimeout } from 'node:timers/promises';
import { expect } from 'chai';
import { createPacer } from '../../../src/resilience/pacer.ts';

describe('the pacer', () => {
  it('waits longer each time, up to two seconds, and never less than half of that', async () => {
    let waited = 0;
    const noting = ((milliseconds = 0) => {
      waited = milliseconds;
      return Promise.resolve();
    }) as typeof setTimeout;
    const pacer = createPacer(new AbortController().signal, noting);
    for (const [attempt, longest] of [
      [1, 100],
      [3, 400],
      [50, 2_000],
    ] as const) {
      await pacer.beforeRetry(attempt);
      expect(waited, `attempt ${String(attempt)}`).to.be.within(longest / 2, longest);
    }
  });

  it('does not hold up a process that is stopping', async () => {
    const stopping = new AbortController();
    const waiting = createPacer(stopping.signal).beforeRetry(50);
    stopping.abort();
    await waiting;
  });
});
