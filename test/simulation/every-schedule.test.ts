import { createProcessor } from '../../src/processor/processor.ts';
import { everySchedule, expectNoViolation } from '../support/simulation/every-schedule.ts';
import { explore } from '../support/simulation/explore.ts';
import { eachRunOnItsOwnNumber, oneChannelInTwoPartitions } from '../support/simulation/scenarios.ts';
import { createSimulation } from '../support/simulation/simulation.ts';

/** The most valuable scopes come first: zombies, then losses of servers, then combinations. */
describe('in every schedule of two owners, the outputs are the fold of the input', function () {
  this.timeout(1_200_000);

  it('with an owner that lives on as a zombie, and another one', () =>
    everySchedule({ faults: { rebalances: 2 } }));

  it('with a zombie, a lost answer and a transaction timeout', () =>
    everySchedule({ faults: { rebalances: 1, unanswered: 1, timeouts: 1 } }));

  it('with a zombie that is given the lease of an idle partition', () =>
    everySchedule({ faults: { rebalances: 1, idleLeases: 1 } }));

  it('with a zombie, a crash and lost offsets', () =>
    everySchedule({ faults: { rebalances: 1, crashes: 1, offsetLosses: 1 } }));

  it('with a zombie while Postgres loses up to three commits', () =>
    everySchedule({ faults: { rebalances: 1, failovers: 1 }, lostCommits: [1, 2, 3] }));

  it('with a crash, a lost answer and up to three lost commits of Postgres', () =>
    everySchedule({ faults: { crashes: 1, unanswered: 1, failovers: 1 }, lostCommits: [1, 2, 3] }));

  it('with topics that are created again, a crash and a lost answer', () =>
    everySchedule({ faults: { recreations: 1, crashes: 1, unanswered: 1 } }));

  it('with topics that are created again while an owner lives on as a zombie', () =>
    everySchedule({ faults: { recreations: 1, rebalances: 1 } }));

  it("with up to three lost commits of Postgres, and the group's offset moved and lost", () =>
    everySchedule({
      faults: { failovers: 1, offsetMoves: 1, offsetLosses: 1, crashes: 1 },
      lostCommits: [1, 2, 3],
    }));

  it('with batches of any size, two crashes and a lost answer', () =>
    everySchedule({ faults: { crashes: 2, unanswered: 1 }, batchSizes: [1, 2, 4] }));

  it('with a client that jumps, a crash and a lost answer', () =>
    everySchedule({ faults: { jumps: 1, crashes: 1, unanswered: 1 }, batchSizes: [1, 2] }));

  for (const faults of [{ crashes: 1 }, { unanswered: 1, timeouts: 1 }, { offsetLosses: 1 }]) {
    const strike = Object.keys(faults).join(' and ');
    it(`and a channel that stands in two partitions gives each run its own number, with ${strike}`, async () => {
      const scenario = oneChannelInTwoPartitions((deps) => createProcessor(deps), faults);
      expectNoViolation(await explore(createSimulation(scenario), eachRunOnItsOwnNumber));
    });
  }
});
