import { expect } from 'chai';
import type { CreateHandler } from '../support/simulation/processor-instance.ts';
import * as broken from '../support/simulation/broken-processors.ts';
import { explore, type Explored } from '../support/simulation/explore.ts';
import {
  aScenario,
  eachRunOnItsOwnNumber,
  foldedInOrder,
  oneChannelInTwoPartitions,
  type Given,
} from '../support/simulation/scenarios.ts';
import { createSimulation } from '../support/simulation/simulation.ts';

const exploreWith = (createHandler: CreateHandler, given: Given): Promise<Explored> =>
  explore(createSimulation(aScenario(createHandler, given)), foldedInOrder());

const expectViolation = ({ violation }: Explored): void => {
  if (violation === null) expect.fail('no schedule breaks anything');
  expect(violation.schedule).to.not.be.empty;
  process.stdout.write(`      in ${violation.schedule.length} steps: ${violation.what}\n`);
};

const BROKEN: Readonly<Record<string, readonly [CreateHandler, Given]>> = {
  'R1: the offset check': [broken.withoutOffsetCheck, { faults: { unanswered: 1 } }],
  'R1: the cursor': [broken.withoutCursor, { faults: { jumps: 1 } }],
  'R2: the fence of the lease (I10)': [broken.withoutLeaseFence, { faults: { rebalances: 1 } }],
  'R2: what the store was known to hold': [broken.withoutMemoryOfTheStore, { faults: { failovers: 1 } }],
  'R2: folding again what Postgres has lost': [broken.withoutFoldingAgain, { faults: { failovers: 1 } }],
  'R1: the identity of its topics': [broken.withoutSourceIdentity, { faults: { recreations: 1 } }],
  'R3: the check of the stored command': [
    broken.withoutCommandCheck,
    { faults: { recreations: 1, crashes: 1 } },
  ],
  'R6: the read of the tail though the offsets agree': [
    broken.withoutTailReadWhereOffsetsAgree,
    { faults: { failovers: 1, offsetMoves: 1, crashes: 1 } },
  ],
  'R3: the source check': [broken.withoutSourceCheck, { faults: { crashes: 1 } }],
  'R4: disposable producers': [broken.withoutDisposableProducers, { faults: { unanswered: 1 } }],
  'R4: the fence of the producer': [broken.withoutFence, { faults: { crashes: 1 } }],
  'R6: the read of the tail': [broken.withoutTailRead, { faults: { offsetLosses: 1, crashes: 1 } }],
};

describe('some schedule breaks a processor without', function () {
  this.timeout(120_000);

  for (const [rule, [createHandler, given]] of Object.entries(BROKEN)) {
    it(rule, async () => {
      expectViolation(await exploreWith(createHandler, given));
    });
  }

  it('R5: a partition of the outputs for each of the input', async () => {
    const scenario = oneChannelInTwoPartitions(broken.withoutOwnPartition, { offsetLosses: 1 });
    expectViolation(await explore(createSimulation(scenario), eachRunOnItsOwnNumber));
  });

  it('R2: the locks of the ledgers', async () => {
    const scenario = oneChannelInTwoPartitions(broken.withoutLedgerLocks, {});
    expectViolation(await explore(createSimulation(scenario), eachRunOnItsOwnNumber));
  });
});
