/** `runclose serve` that never ends the batches of partition 0, and watches itself more closely than it would otherwise. */
import { createServe } from '../../src/cli/serve.ts';
import { runProcess } from '../../src/cli/frame/process.ts';
import { createProcessor } from '../../src/processor/processor.ts';

const serve = createServe({
  createHandler: (deps) => {
    const processor = createProcessor(deps);
    return {
      ...processor,
      handle: (batch, membership) =>
        batch.partition === 0 ? new Promise<never>(() => undefined) : processor.handle(batch, membership),
    };
  },
  watchLimits: { lookEveryMs: 250, reportMs: 1_000, exitMs: 6_000 },
});

await runProcess([serve]);
