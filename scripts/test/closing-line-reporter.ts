import { relative } from 'node:path';
import Mocha from 'mocha';
import type { MochaOptions, Runner, Suite, Test } from 'mocha';
import { root } from '../stack/folders.ts';
import { closingLine } from './counts.ts';
import { failureText } from './failure-text.ts';
import type { Report } from './report.ts';

const { EVENT_RUN_END, EVENT_SUITE_BEGIN, EVENT_SUITE_END, EVENT_TEST_FAIL } = Mocha.Runner.constants;

/** Mocha's own report, and after it a `Report` to `npm test`. Without `npm test`, the closing line is printed instead. */
export default class ClosingLineReporter extends Mocha.reporters.Spec {
  constructor(runner: Runner, options: MochaOptions) {
    super(runner, options);
    const failures: string[] = [];
    const seconds: Record<string, number> = {};
    let startedAt = 0;

    runner.on(EVENT_SUITE_BEGIN, (suite) => {
      if (isOutermost(suite)) startedAt = Date.now();
    });
    runner.on(EVENT_SUITE_END, (suite) => {
      const file = fileOf(suite);
      if (isOutermost(suite)) seconds[file] = (seconds[file] ?? 0) + (Date.now() - startedAt) / 1000;
    });
    runner.on(EVENT_TEST_FAIL, (test: Test, error: Error) => {
      failures.push(failureText(`${fileOf(test)}: ${test.titlePath().join(' › ')}`, error));
    });
    runner.once(EVENT_RUN_END, () => {
      const counts = { passed: this.stats.passes, failed: this.stats.failures };
      if (process.send === undefined)
        process.once('exit', () => process.stdout.write(`${closingLine(counts)}\n`));
      else process.send({ counts, failures, seconds } satisfies Report);
    });
  }
}

const isOutermost = (suite: Suite): boolean => suite.parent?.root === true;

const fileOf = ({ file }: { readonly file?: string | undefined }): string => relative(root, file ?? root);
