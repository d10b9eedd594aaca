/** Runs the tests, on real servers if they need them: `npm test -- --help`. The last line is always `N passed, N failed`. */
import { availableParallelism } from 'node:os';
import { createProgress } from './stack/progress.ts';
import { Interrupted, onInterruption } from './stack/interruption.ts';
import { provideSecuredStack, provideServers } from './stack/provide.ts';
import { filesTouched } from './test/changed.ts';
import { closingLine } from './test/counts.ts';
import type { Counts } from './test/counts.ts';
import { noteDurations, readDurations } from './test/durations.ts';
import { planJobs, runJobs } from './test/jobs.ts';
import { findNode } from './test/node-binary.ts';
import { addUp } from './test/report.ts';
import { runMocha } from './test/run-mocha.ts';
import { needSecuredStack, needServers } from './test/tiers.ts';
import { timeSpent } from './test/time-spent.ts';
import { readArguments, USAGE } from './test/arguments.ts';
import type { Arguments } from './test/arguments.ts';
import { WrongUse } from './test/wrong-use.ts';

const progress = createProgress(process.stderr);

const run = async (given: Extract<Arguments, { kind: 'run' }>): Promise<Counts> => {
  const files = given.only === 'what changed' ? filesTouched(given.files, progress) : given.files;
  if (files.length === 0) return { passed: 0, failed: 0 };
  const signal = onInterruption();
  const node = given.node === undefined ? process.execPath : await findNode(given.node, progress);
  const servers = needServers(files) ? await provideServers(progress, signal) : undefined;
  let secured: Awaited<ReturnType<typeof provideSecuredStack>> | undefined;
  try {
    if (needSecuredStack(files) && !process.env['SECURED_STACK'])
      secured = await provideSecuredStack(progress, signal);
    // Import only when needed: loading the compiler takes longer than many tests.
    const coverage = given.coverage ? await import('./test/coverage.ts') : undefined;
    const args = [
      ...(given.grep === undefined ? [] : ['--grep', given.grep, '--no-fail-zero']),
      // `only` helps a developer, but in CI it would hide all other tests.
      ...(process.env['CI'] === undefined ? [] : ['--forbid-only']),
      ...(process.stdout.isTTY ? ['--color'] : []),
    ];
    const variables = {
      ...servers?.variables,
      ...coverage?.recordCoverage(),
      ...(given.nightly ? { NIGHTLY: '1' } : {}),
    };
    const cores = availableParallelism();
    const jobs = planJobs(files, readDurations(), cores);
    const output = jobs.length === 1 ? 'as it comes' : 'in one piece';
    const reports = await runJobs(jobs, {
      cores,
      signal,
      run: (job) => runMocha({ node, args, files: job.files, variables, signal, output }),
    });
    signal.throwIfAborted();
    const { counts, failures, seconds } = addUp(reports);
    if (given.noteDurations) noteDurations(seconds);
    const uncovered = coverage?.reportCoverage() ?? [];
    process.stdout.write(`\n${timeSpent(seconds).join('\n')}\n`);
    // Indents the text, so that a program can find the end of each failure.
    for (const failure of [...failures, ...uncovered])
      process.stdout.write(`\nfailed: ${failure.replaceAll('\n', '\n  ')}\n`);
    if (given.grep !== undefined && counts.passed + counts.failed === 0)
      throw new WrongUse(`no test has "${given.grep}" in its title`);
    return { ...counts, failed: counts.failed + uncovered.length };
  } finally {
    await secured?.release();
    await servers?.release();
  }
};

try {
  const given = readArguments(process.argv.slice(2));
  if (given.kind === 'help') process.stdout.write(USAGE);
  else {
    const counts = await run(given);
    process.exitCode = counts.failed === 0 ? 0 : 1;
    process.stdout.write(`\n${closingLine(counts)}\n`);
  }
} catch (error) {
  if (error instanceof WrongUse) {
    progress.say(`${error.message}\n\n${USAGE}`);
    process.exitCode = 64;
  } else {
    progress.say(error instanceof Interrupted ? 'Interrupted.' : String(error));
    process.exitCode = error instanceof Interrupted ? 130 : 1;
  }
  process.stdout.write(`${closingLine({ passed: 0, failed: 1 })}\n`);
}
