/** `runclose serve` that crashes at the first record whose key names a kind of crash. Otherwise this is the product. */
import { createProcessor } from '../../src/processor/processor.ts';
import type { Crash } from './crashes.ts';
import { runServeVariant } from './serve-variant.ts';

const CRASHES: Readonly<Record<Crash, () => void>> = {
  'ends by itself': () => process.exit(3),
  'fails where nobody waits': () => void Promise.reject(new TypeError('undefined is not a coffee')),
  'uses up its memory': () => {
    const kept: number[][] = [];
    // Allocates large pieces: with many small ones, the garbage collector would try for a long time without success.
    for (;;) kept.push(new Array<number>(100_000).fill(Math.random()));
  },
  hangs: () => {
    for (;;);
  },
};

const name = process.env['CRASH'] as Crash;

await runServeVariant(import.meta.url, {
  createHandler: (deps) => {
    const processor = createProcessor(deps);
    return {
      ...processor,
      handle: (batch, membership) => {
        if (batch.records.some(({ key }) => key?.toString() === name)) CRASHES[name]();
        return processor.handle(batch, membership);
      },
    };
  },
  ...(name === 'hangs' && { watchLimits: { lookEveryMs: 250, reportMs: 5_000, exitMs: 20_000 } }),
});
