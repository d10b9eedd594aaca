/** The closed sets of the labels' values. A value outside its set would make a new series, so `OTHER` stands for it. */
import type { Reason } from '../domain/reason.ts';
import type { RejectionReason } from '../domain/rejection.ts';
import type { Alarm } from '../processor/alarm.ts';
import type { Dependency } from '../processor/ports/breakers.ts';
import { POISON_CODES } from '../wire/poison-codes.ts';

const OTHER = 'OTHER';
/** For outcomes that need no reason. */
export const NO_REASON = 'NONE';

/** Each key of a record, so that the compiler demands every value of the type. */
const allOf = <K extends string>(values: Readonly<Record<K, true>>): readonly K[] =>
  Object.keys(values) as K[];

export const DEPENDENCIES = allOf<Dependency>({ kafka: true, postgres: true, registry: true });

export const STAGES = ['decode', 'decide', 'store', 'emit'] as const;

export const ALARM_CODES = allOf<Alarm['code']>({
  CLUSTER_CHANGED: true,
  INPUT_GAP: true,
  INPUT_RECREATED: true,
  OUTPUT_PARTITION_MISSING: true,
  OUTPUTS_RECREATED: true,
  RECORD_REFUSED: true,
  RECORD_TOO_LARGE: true,
  STORE_BEHIND_LOG: true,
  STORED_COMMAND_DIFFERS: true,
  STORED_EVENTS_DIFFER: true,
});

const CLOSED = allOf<Reason>({
  SOLE_ELIGIBLE: true,
  REPEAT_ALLOWED: true,
  SOFT_REPEAT: true,
  PREVIOUS_EXCLUDED: true,
  TIE_LOT: true,
  TIE_ID: true,
  TIE_LONGEST_AGO: true,
  LOWEST: true,
});

const REJECTED = allOf<RejectionReason>({
  INVALID_COMMAND: true,
  COMMAND_ID_REUSED: true,
  CHANNEL_DISABLED: true,
  RUN_ALREADY_CLOSED: true,
  UNAUTHORIZED: true,
  NO_ELIGIBLE_RUNNER: true,
});

const DEAD_LETTERS = [...POISON_CODES, OTHER] as const;

/** The outcomes of commands, each with its reasons. */
export const REASONS_OF = {
  closed: CLOSED,
  rejected: REJECTED,
  dead_letter: DEAD_LETTERS,
  duplicate: [NO_REASON],
  redelivered: [NO_REASON],
} as const;

/** Why a partition was taken over. `failure`: after a failed batch, whose code `runclose_retries_total` counts. */
export const TAKEOVER_CAUSES = [
  'assigned',
  'released',
  'new_generation',
  'left_the_generation',
  'batch_not_at_the_cursor',
  'another_log',
  'failure',
] as const;

/** Failures after which another owner has the partition, or the broker has forgotten this one. */
export const FENCING_CODES = [
  'LEASE_LOST',
  'SUPERSEDED',
  'KAFKA_PRODUCER_FENCED',
  'KAFKA_INVALID_PRODUCER_EPOCH',
  'KAFKA_INVALID_PRODUCER_ID_MAPPING',
  'KAFKA_UNKNOWN_PRODUCER_ID',
  'KAFKA_INVALID_TXN_STATE',
  'KAFKA_OUT_OF_ORDER_SEQUENCE_NUMBER',
  'KAFKA_TRANSACTION_COORDINATOR_FENCED',
  'KAFKA_ILLEGAL_GENERATION',
  'KAFKA_UNKNOWN_MEMBER_ID',
  'KAFKA_REBALANCE_IN_PROGRESS',
  'KAFKA_FENCED_INSTANCE_ID',
  OTHER,
] as const;

/** Failures after which a batch is tried again. */
export const RETRY_CODES = [
  ...FENCING_CODES.filter((code) => code !== OTHER),
  'BREAKER_OPEN',
  'KAFKA_CONNECTION',
  'KAFKA_CONNECTION_CLOSED',
  'KAFKA_CONCURRENT_TRANSACTIONS',
  'KAFKA_LEADER_NOT_AVAILABLE',
  'KAFKA_NOT_ACKNOWLEDGED',
  'KAFKA_NOT_COORDINATOR_FOR_GROUP',
  'KAFKA_NOT_ENOUGH_REPLICAS',
  'KAFKA_NOT_ENOUGH_REPLICAS_AFTER_APPEND',
  'KAFKA_NOT_LEADER_FOR_PARTITION',
  'KAFKA_NO_LEADER',
  'KAFKA_PRODUCER_DISPOSED',
  'KAFKA_READ_STALLED',
  'KAFKA_REQUEST_TIMEOUT',
  'KAFKA_SASL_AUTHENTICATION_FAILED',
  'KAFKA_TIMEOUT',
  'KAFKA_TOPIC_AUTHORIZATION_FAILED',
  'KAFKA_TRANSACTION_ABORTABLE',
  'POSTGRES_BUSY',
  'POSTGRES_MISCONFIGURED',
  'POSTGRES_POOL_BUSY',
  'POSTGRES_UNAVAILABLE',
  'REGISTRY_LOST_SCHEMAS',
  'REGISTRY_UNAVAILABLE',
  'SCHEMA_LOST',
  'SCHEMA_NOT_REGISTERED',
  'SECRET_UNAVAILABLE',
  'TLS_SETTINGS_WRONG',
  OTHER,
];

/** The settings that hold certificates. */
export const CERTIFICATE_SETTINGS = [
  'KAFKA_SSL_CA',
  'KAFKA_SSL_CERT',
  'SCHEMA_REGISTRY_SSL_CA',
  'SCHEMA_REGISTRY_SSL_CERT',
  'DATABASE_SSL_CA',
  'DATABASE_SSL_CERT',
] as const;

/** The value if the set has it, and else `OTHER`. */
export const oneOf = (values: readonly string[], value: string): string =>
  values.includes(value) ? value : OTHER;
