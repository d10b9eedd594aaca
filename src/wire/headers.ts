/** The headers in the order of the record. Names may repeat, and values may be null. */
export type Headers = readonly (readonly [name: string, value: Buffer | null])[];

/** On events: their type, after CloudEvents. */
export const TYPE_HEADER = 'ce_type';

/** On events: the position of their command. */
export const SOURCE_HEADER = 'source-offset';

/** On events: the id of their command. */
export const CAUSATION_HEADER = 'causation-id';

/** On records that `replay emit` wrote again: such a record is no proof that the processor emitted it. */
export const REPLAY_HEADER = 'runclose-replay';

const CONNECT = '__connect.errors.';

/** On events that a subscriber has parked, beside `DEAD_LETTER_HEADERS`: its group. Kafka Connect puts its connector's name here. */
export const PARKED_BY_HEADER = `${CONNECT}connector.name`;

/** On commands: headers that may name the publisher. `dlq list` shows the first of them that a dead letter has. */
export const PUBLISHER_HEADERS = ['ce_source', 'producer', 'client-id'] as const;

/** On commands that `dlq redrive` sent again, after the headers of the record itself. */
export const REDRIVE_HEADERS = {
  /** The position of the dead letter. */
  from: 'runclose-redriven-from',
  attempts: 'runclose-redrive-attempts',
} as const;

/** On dead letters of skipped records, after `DEAD_LETTER_HEADERS`. */
export const SKIPPED_HEADERS = { at: 'runclose-skipped-at', by: 'runclose-skipped-by' } as const;

/** On dead letters, after the headers of the record itself. The names are those of Kafka Connect. */
export const DEAD_LETTER_HEADERS = {
  topic: `${CONNECT}topic`,
  partition: `${CONNECT}partition`,
  offset: `${CONNECT}offset`,
  stage: `${CONNECT}stage`,
  decoder: `${CONNECT}class.name`,
  /** Why: `UNKNOWN_SCHEMA_ID`, `UNDECODABLE` and so on. */
  code: `${CONNECT}exception.class.name`,
  message: `${CONNECT}exception.message`,
} as const;
