/** One transactional producer per partition of the input, under a stable id. */
import { count } from '../../domain/words/count.ts';
import { Failure, failureOf } from '../../processor/failure.ts';
import type { Emission, TransactionalOutput } from '../../processor/ports/output.ts';
import type { KafkaClient } from '../client/client.ts';
import { transactionalIdOf } from '../names/joined-names.ts';
import type { TopicNames } from '../names/topic-names.ts';
import { fenceProducer } from './disposable-producer.ts';
import { requestsOf } from './output-messages.ts';

export type TransactionalOutputDeps = {
  readonly client: Pick<KafkaClient, 'producer'>;
  readonly groupId: string;
  readonly names: TopicNames;
};

export const createTransactionalOutput = ({
  client,
  groupId,
  names,
}: TransactionalOutputDeps): TransactionalOutput => ({
  fence: async (partition) => {
    const topic = names.requested;
    const partitionName = `${topic}/${String(partition)}`;
    const transactionalId = transactionalIdOf(groupId, { topic, partition });
    const producer = await fenceProducer(client, { transactionalId, of: partitionName });
    return {
      partition,
      publish: (emissions, end) =>
        producer
          .transact(
            `publishing ${count(emissions.length, 'record')} of ${partitionName} up to ${String(end)}`,
            requestsOf(emissions, names, partition),
            { groupId, topic, partition, offset: end },
          )
          .catch((thrown: unknown) => {
            throw aboutOneRecord(failureOf(thrown), emissions);
          }),
      dispose: () => producer.dispose(),
    };
  },
});

/** The broker's errors that concern one of the records, not the program or its configuration. */
const REFUSALS: Readonly<Record<string, string>> = {
  KAFKA_MESSAGE_TOO_LARGE: 'RECORD_TOO_LARGE',
  KAFKA_RECORD_LIST_TOO_LARGE: 'RECORD_TOO_LARGE',
  KAFKA_INVALID_RECORD: 'RECORD_REFUSED',
  KAFKA_INVALID_TIMESTAMP: 'RECORD_REFUSED',
};

const aboutOneRecord = (failure: Failure, emissions: readonly Emission[]): Failure => {
  const code = REFUSALS[failure.code];
  // Only a dead letter keeps its record's time. An event has this machine's time, so if only events were sent, the clock is wrong.
  const isClock =
    failure.code === 'KAFKA_INVALID_TIMESTAMP' && emissions.every(({ kind }) => kind === 'event');
  return code === undefined || isClock
    ? failure
    : new Failure('fatal', code, failure.message, { cause: failure });
};
