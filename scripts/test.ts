/**
 * The tests, on real servers where they need them: `npm test -- --help`. The last line is always `N passed, N failed`.
 */
import { relative, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { root } from './stack/folders.ts';
import { Interrupted, onInterruption } from './stack/interruption.ts';
import { createProgress } from './stack/progress.ts';
import { provideServers } from './stack/provide.ts';
import { recordCoverage, reportCoverage } from './test/coverage.ts';
import { closingLine } from './test/counts.ts';
import type { Counts } from './test/counts.ts';
import { findNode } from './test/node-binary.ts';
import { runMocha } from './test/run-mocha.ts';
import { needServers, testFiles, tiersNamed } from './test/tiers.ts';

const progress = createProgress(process.stderr);

const USAGE = `\
npm test                                      everything
npm test -- --tier unit --tier property       only these (unit, property, architecture, replay, simulation, integration, delivery, e2e)
npm test -- --grep 'previous runner'          only tests with these words in their title
npm test -- test/unit/domain/lot.test.ts      only these files
npm test -- --coverage                        with coverage, and its least values
npm test -- --node 24                         on another Node: a version, or a path

The last line is always "N passed, N failed".
`;

const options = {
  help: { type: 'boolean', short: 'h' },
  tier: { type: 'string', multiple: true },
  grep: { type: 'string' },
  coverage: { type: 'boolean' },
  node: { type: 'string' },
} as const;

type Wish = ReturnType<typeof readWish>;

const readWish = () => parseArgs({ options, allowPositionals: true });

const run = async ({
  values,
  positionals,
}: Wish): Promise<{ counts: Counts; uncovered: readonly string[] }> => {
  const files =
    positionals.length > 0
      ? positionals.map((file) => relative(root, resolve(file)))
      : testFiles(tiersNamed(values.tier));
  const signal = onInterruption();
  const node = values.node === undefined ? process.execPath : await findNode(values.node, progress);
  const servers = needServers(files) ? await provideServers(progress, signal) : undefined;
  try {
    const coverage = values.coverage === true ? recordCoverage() : {};
    const args = [
      ...(values.grep === undefined ? [] : ['--grep', values.grep]),
      // What helps at a desk would hide all other tests here.
      ...(process.env['CI'] === undefined ? [] : ['--forbid-only']),
      ...files,
    ];
    const counts = await runMocha({ node, args, variables: { ...servers?.variables, ...coverage }, signal });
    signal.throwIfAborted();
    const uncovered = values.coverage === true ? reportCoverage() : [];
    return { counts, uncovered };
  } finally {
    await servers?.release();
  }
};

try {
  const wish = readWish();
  if (wish.values.help === true) process.stdout.write(USAGE);
  else {
    const { counts, uncovered } = await run(wish);
    for (const line of uncovered) progress.say(line);
    process.exitCode = counts.failed === 0 && uncovered.length === 0 ? 0 : 1;
    process.stdout.write(`${closingLine(counts)}\n`);
  }
} catch (error) {
  progress.say(error instanceof Interrupted ? 'Interrupted.' : String(error));
  process.exitCode = error instanceof Interrupted ? 130 : 1;
  process.stdout.write(`${closingLine({ passed: 0, failed: 1 })}\n`);
}
