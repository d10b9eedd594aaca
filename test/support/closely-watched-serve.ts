/**
 * `runclose serve` with shorter limits for standstills, which never ends the batches of the partition that the variable `HANGING_PARTITION`
 * names. `STANDSTILL_EXIT_MS` sets another limit for the process to end itself.
 */
import { createProcessor } from '../../src/processor/processor.ts';
import { runServeVariant } from './serve-variant.ts';

const hanging = process.env['HANGING_PARTITION'];

await runServeVariant(import.meta.url, {
  createHandler: (deps) => {
    const processor = createProcessor(deps);
    return {
      ...processor,
      handle: (batch, membership) =>
        String(batch.partition) === hanging
          ? new Promise<never>(() => undefined)
          : processor.handle(batch, membership),
    };
  },
  watchLimits: {
    lookEveryMs: 250,
    reportMs: 4_000,
    exitMs: Number(process.env['STANDSTILL_EXIT_MS'] ?? 9_000),
  },
});
