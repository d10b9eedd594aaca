/** `runclose serve` that ends badly at the first record whose key is the name of a way to crash; otherwise this is the product. */
import { createProcessor } from '../../src/processor/processor.ts';
import type { Crash } from './crashes.ts';
import { runServeVariant } from './serve-variant.ts';

const CRASHES: Readonly<Record<Crash, () => void>> = {
  'ends by itself': () => process.exit(3),
  'fails where nobody waits': () => void Promise.reject(new TypeError('undefined is not a coffee')),
  'uses up its memory': () => {
    const kept: number[][] = [];
    for (;;) kept.push(Array.from({ length: 1_000 }, () => Math.random()));
  },
  hangs: () => {
    for (;;);
  },
};

const crash = CRASHES[process.env['CRASH'] as Crash];

await runServeVariant(import.meta.url, {
  createHandler: (deps) => {
    const processor = createProcessor(deps);
    return {
      ...processor,
      handle: (batch, membership) => {
        if (batch.records.some(({ key }) => key?.toString() === process.env['CRASH'])) crash();
        return processor.handle(batch, membership);
      },
    };
  },
  watchLimits: { lookEveryMs: 250, reportMs: 5_000, exitMs: 20_000 },
});
