import { expect } from 'chai';
import { createProcessor } from '../../../src/processor/processor.ts';
import { explore, type Explored } from './explore.ts';
import { aScenario, foldedInOrder, type Given } from './scenarios.ts';
import { createSimulation } from './simulation.ts';

/** Prints how much was explored. Fails with the schedule of a violation, step by step. */
export const expectNoViolation = ({ states, moves, ends, violation }: Explored): void => {
  process.stdout.write(`      ${states} states, ${moves} moves, ${ends} ends\n`);
  if (violation !== null) expect.fail(`${violation.what}\n  ${violation.schedule.join('\n  ')}`);
  expect(ends).to.be.greaterThan(0);
};

export const everySchedule = async (given: Given): Promise<void> => {
  const simulation = createSimulation(aScenario((deps) => createProcessor(deps), given));
  expectNoViolation(await explore(simulation, foldedInOrder(given.records)));
};
