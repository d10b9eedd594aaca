import { manyCommands } from './commands.ts';
import type { Deployment } from './deployment.ts';
import type { KafkaProxy } from './kafka-proxy/kafka-proxy.ts';
import { endTxnErrorIn, inTransaction } from './kafka-proxy/matches.ts';
import type { Launch } from './serve-process.ts';

const RUNS = 600;
const TRANSACTIONS = 30;

/**
 * Publishes runs little by little, while the answer to every other commit is lost with its connection. Returns how many answers were lost.
 */
export const closeRunsThoughAnswersAreLost = async (
  deployment: Deployment,
  proxy: KafkaProxy,
  launch?: Launch,
): Promise<number> => {
  let ends = 0;
  let committed = 0;
  proxy.inject({
    when: (request) => inTransaction('EndTxn')(request) && ends++ % 2 === 0,
    answer: (_, answer) => {
      if (endTxnErrorIn(answer) === 0) committed += 1;
      return 'cut';
    },
  });
  await deployment.serve({ KAFKA_BROKERS: proxy.brokers }, launch);
  const portion = RUNS / TRANSACTIONS;
  for (let from = 0; from < RUNS; from += portion) {
    await deployment.publish(...manyCommands(portion, from));
    await deployment.settled();
  }
  return committed;
};
