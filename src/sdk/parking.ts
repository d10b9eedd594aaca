/** Writes an event that cannot be handled to a topic of the subscriber, byte for byte, with Kafka Connect's headers after its own. */
import type { LogRecord } from '../kafka/records/log-record.ts';
import type { Publisher } from '../kafka/produce/publisher.ts';
import { Failure, failureOf } from '../processor/failure.ts';
import { DEAD_LETTER_HEADERS, PARKED_BY_HEADER } from '../wire/headers.ts';

export type Parking = {
  /** Resolves when all in-sync replicas have the record. Rejects with a `Failure`. */
  park(record: LogRecord, failure: Failure): Promise<void>;
  /** Rejects if the topic does not exist. */
  expectTopic(): Promise<void>;
  /** Never rejects. */
  close(): Promise<void>;
};

export type ParkingDeps = {
  readonly publisher: Publisher;
  readonly groupId: string;
  readonly topic: string;
};

/** Enough to understand the error, and far below the size of a record. */
const MAX_MESSAGE_UNITS = 1_000;

export const createParking = ({ publisher, groupId, topic }: ParkingDeps): Parking => {
  const told = (thrown: unknown): Failure => {
    const failure = failureOf(thrown);
    if (failure.code !== 'KAFKA_TOPIC_MISSING') return failure;
    const message = `there is no topic ${topic} to park events in: create it`;
    return new Failure(failure.kind, failure.code, message, { cause: failure });
  };

  return {
    park: async ({ key, value, headers, ...record }, failure) => {
      const cause = failure.cause instanceof Error ? failure.cause : failure;
      const added = {
        [DEAD_LETTER_HEADERS.topic]: record.topic,
        [DEAD_LETTER_HEADERS.partition]: String(record.partition),
        [DEAD_LETTER_HEADERS.offset]: String(record.offset),
        [PARKED_BY_HEADER]: groupId,
        [DEAD_LETTER_HEADERS.stage]: 'TASK_PUT',
        [DEAD_LETTER_HEADERS.code]: cause.name,
        [DEAD_LETTER_HEADERS.message]: cause.message.slice(0, MAX_MESSAGE_UNITS),
      };
      try {
        await publisher.publish(topic, [{ key, value, headers: [...headers, ...Object.entries(added)] }]);
      } catch (thrown) {
        throw told(thrown);
      }
    },
    expectTopic: async () => {
      await publisher.expectTopic(topic).catch((thrown: unknown) => {
        throw told(thrown);
      });
    },
    close: () => publisher.close(),
  };
};
