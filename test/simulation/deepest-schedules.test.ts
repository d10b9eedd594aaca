import { everySchedule } from '../support/simulation/every-schedule.ts';
import { IS_NIGHTLY } from '../support/simulation/depth.ts';

/** In its own file, so that it runs in its own process, beside the other scopes. */
describe('in every schedule of two owners and many faults, the outputs are the fold of the input', function () {
  this.timeout(3_600_000);

  it('with a crash, a lost answer, a transaction timeout, a lost commit of Postgres and lost offsets', () =>
    everySchedule({ faults: { crashes: 1, unanswered: 1, timeouts: 1, failovers: 1, offsetLosses: 1 } }));

  if (!IS_NIGHTLY) return;

  it('with a second crash', () =>
    everySchedule({ faults: { crashes: 2, unanswered: 1, timeouts: 1, failovers: 1, offsetLosses: 1 } }));

  it('with a zombie, a crash, a lost answer and a transaction timeout', () =>
    everySchedule({ faults: { rebalances: 1, crashes: 1, unanswered: 1, timeouts: 1 } }));

  it('with a zombie and a crash while Postgres loses up to two commits', () =>
    everySchedule({ faults: { rebalances: 1, crashes: 1, failovers: 1 }, lostCommits: [1, 2] }));

  it('with an owner that lives on as a zombie, another one, and a crash', () =>
    everySchedule({ faults: { rebalances: 2, crashes: 1 } }));
});
