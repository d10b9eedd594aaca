import { expect } from 'chai';
import type { Deployment } from './deployment.ts';
import { findHangingTransactions } from './kafka-tools.ts';
import { expectPromisesKept, expectSameForKafkasOwnReader } from './promises.ts';

/**
 * Call this at the end of a test. All promises must be kept, by our own reading and by Kafka's own tools, and no transaction may be open.
 */
export const expectAllIsWell = async (deployment: Deployment): Promise<void> => {
  await expectSameForKafkasOwnReader(deployment, await expectPromisesKept(deployment));
  const { names, brokers } = deployment;
  expect(await deployment.openTransactions(), 'open transactions').to.equal(0);
  expect(await findHangingTransactions(names.closed, brokers), 'hanging transactions').to.be.empty;
};
