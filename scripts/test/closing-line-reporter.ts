import Mocha from 'mocha';
import type { MochaOptions, Runner } from 'mocha';
import type { Counts } from './counts.ts';
import { closingLine } from './counts.ts';

/** Mocha's own report, and behind it the counts: to `npm test`, which says them last of all, or printed where nobody listens. */
export default class ClosingLineReporter extends Mocha.reporters.Spec {
  constructor(runner: Runner, options: MochaOptions) {
    super(runner, options);
    runner.once(Mocha.Runner.constants.EVENT_RUN_END, () => {
      const counts: Counts = { passed: this.stats.passes, failed: this.stats.failures };
      if (process.send === undefined)
        process.once('exit', () => process.stdout.write(`${closingLine(counts)}\n`));
      else process.send(counts);
    });
  }
}
