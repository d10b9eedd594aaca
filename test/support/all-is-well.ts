import { expect } from 'chai';
import type { Deployment } from './deployment.ts';
import { findHangingTransactions } from './kafka-tools.ts';
import { expectPromisesKept, expectSameForKafkasOwnReader } from './promises.ts';

/** At the end of a test: everything that is promised, as we see it and as Kafka's own tools do; no transaction is left open. */
export const expectAllIsWell = async (deployment: Deployment): Promise<void> => {
  await expectSameForKafkasOwnReader(deployment, await expectPromisesKept(deployment));
  const { names, brokers } = deployment;
  expect(await deployment.openTransactions(), 'open transactions').to.equal(0);
  expect(await findHangingTransactions(names.closed, brokers), 'hanging transactions').to.be.empty;
};
