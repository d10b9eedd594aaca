import { expect } from 'chai';
import { createProcessor } from '../../src/processor/processor.ts';
import { IS_NIGHTLY } from '../support/simulation/depth.ts';
import { walk } from '../support/simulation/random-walk.ts';
import { aScenario, foldedInOrder, manyRecords } from '../support/simulation/scenarios.ts';
import { createSimulation } from '../support/simulation/simulation.ts';
import { NO_FAULTS, type Faults } from '../support/simulation/world.ts';

/** `SIMULATION_SEED=n` begins there. */
const FIRST_SEED = Number(process.env['SIMULATION_SEED'] ?? 1);
const SCHEDULES = IS_NIGHTLY ? 20_000 : 300;

const FAULTS: Faults = {
  crashes: 5,
  unanswered: 8,
  timeouts: 4,
  failovers: 3,
  offsetLosses: 3,
  offsetMoves: 2,
  recreations: 1,
  rebalances: 6,
  idleLeases: 2,
  jumps: 4,
};

describe('in random schedules of forty records and all faults, many times each', function () {
  this.timeout(3_600_000);

  it('the outputs are the fold of the input', async () => {
    const records = manyRecords(40);
    const expected = foldedInOrder(records);
    const struck = { ...NO_FAULTS } as Record<keyof Faults, number>;
    let moves = 0;
    for (let seed = FIRST_SEED; seed < FIRST_SEED + SCHEDULES; seed++) {
      const simulation = createSimulation(
        aScenario((deps) => createProcessor(deps), {
          records,
          faults: FAULTS,
          batchSizes: [1, 3, 7],
          lostCommits: [1, 2, 5],
          // What the exploration of every schedule takes for the same is kept apart here.
          histories: 'apart',
        }),
      );
      const walked = await walk(simulation, expected, seed);
      if (walked.violation !== null) {
        const { what, schedule } = walked.violation;
        expect.fail(`seed ${seed}: ${what}\n  ${schedule.join('\n  ')}`);
      }
      moves += walked.moves;
      for (const kind of Object.keys(struck) as (keyof Faults)[]) struck[kind] += walked.struck[kind];
    }
    const counts = Object.entries(struck).map(([kind, count]) => `${count} ${kind}`);
    process.stdout.write(`      ${SCHEDULES} schedules, ${moves} moves: ${counts.join(', ')}\n`);
    for (const kind of Object.keys(struck) as (keyof Faults)[])
      expect(struck[kind], kind).to.be.greaterThan(0);
  });
});
