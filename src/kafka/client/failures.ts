/**
 * Converts kafkajs's errors to `Failure`s. An error is transient unless a broker has given a permanent answer by its error code, or the
 * error is a bug of this program. On a transient or fenced failure, the owner of a partition drops its state and reconciles (producers are
 * disposable, R4 of docs/adr/0002-six-rules-for-effectively-once.md).
 */
import { tlsAdvice } from '../../credentials/tls-refusals.ts';
import { Failure, type FailureKind } from '../../processor/failure.ts';
import { TLS_NAMES } from '../patches/certificate-source.ts';
import { missingRight, type Refusal } from '../rights/refused-right.ts';
import type { Operation } from '../rights/rights.ts';

/**
 * The operations that the work needs on the topics and groups that it looks up. A principal without any right to a topic is refused
 * DESCRIBE at the first look-up, but a grant of DESCRIBE would not help: the work needs READ or WRITE, and both include DESCRIBE.
 */
export type Purpose = {
  readonly topics?: Operation;
  readonly groups?: Operation;
  /** The topic to write, in case the broker refuses the write without naming a topic. */
  readonly topic?: string;
};

/** Reads topics. May look up the offsets of groups, but is a member of none. */
export const READING: Purpose = { topics: 'READ' };
/** Reads topics as a member of a group. */
export const MEMBER: Purpose = { topics: 'READ', groups: 'READ' };
/** Writes topics, and may commit for a group. */
export const WRITING: Purpose = { topics: 'WRITE', groups: 'READ' };

/** Errors of one partition or one transactional id: the brokers are well. */
const LOCAL = new Set([
  'CONCURRENT_TRANSACTIONS',
  'LEADER_NOT_AVAILABLE',
  'NOT_ENOUGH_REPLICAS',
  'NOT_ENOUGH_REPLICAS_AFTER_APPEND',
]);

/** The broker refuses a right. */
const RIGHTS = new Set([
  'TOPIC_AUTHORIZATION_FAILED',
  'GROUP_AUTHORIZATION_FAILED',
  'CLUSTER_AUTHORIZATION_FAILED',
  'TRANSACTIONAL_ID_AUTHORIZATION_FAILED',
]);

/** The broker refuses the credentials, or the way to present them. */
const LOGIN = new Set(['SASL_AUTHENTICATION_FAILED', 'UNSUPPORTED_SASL_MECHANISM', 'ILLEGAL_SASL_STATE']);

/** @param doing what was being done, with ids: "publishing run.close.requested/3 up to 1042" */
export const kafkaFailure = (thrown: unknown, doing: string, purpose: Purpose = {}): Failure => {
  const causes = causesOf(thrown);
  const ownFailure = causes.find((cause) => cause instanceof Failure);
  if (ownFailure !== undefined) return ownFailure;
  const decisive = causes.find(({ type }) => type !== undefined) ?? causes.at(-1) ?? {};
  const [kind, code] = kindAndCodeOf(decisive, causes);
  const reason = thrown instanceof Error ? thrown.message : String(thrown);
  const scope = LOCAL.has(decisive.type ?? '') ? 'local' : 'server';
  const tls = tlsTrouble(causes);
  const isLoginRefused =
    LOGIN.has(decisive.type ?? '') || RIGHTS.has(decisive.type ?? '') || tls?.isRefusal === true;
  const refused = refusalIn(thrown, purpose);
  const hint = tls?.advice ?? (refused === undefined ? hintOf(decisive) : missingRight(refused));
  const message = [`${doing}: ${reason}`, hint].filter(Boolean).join('; ');
  return new Failure(kind, code, message, { cause: thrown, scope, isLoginRefused });
};

/** The right that a broker has refused, if `thrown` is such an answer. */
export const refusalIn = (thrown: unknown, purpose: Purpose = {}): Refusal | undefined => {
  const refused = causesOf(thrown).find((cause) => cause.refused !== undefined)?.refused;
  if (refused === undefined) return undefined;
  const { resource, names } = refused;
  const isNameless = resource === 'topic' && names.length === 0;
  return {
    ...refused,
    operation: refused.operation === 'DESCRIBE' ? purposeOf(resource, purpose) : refused.operation,
    names: isNameless && purpose.topic !== undefined ? [purpose.topic] : names,
  };
};

const purposeOf = (resource: Refusal['resource'], { topics, groups }: Purpose): Operation => {
  switch (resource) {
    case 'topic':
      return topics ?? 'DESCRIBE';
    case 'group':
      return groups ?? 'DESCRIBE';
    case 'cluster':
    case 'transactional-id':
      return 'DESCRIBE';
  }
};

/** A broker has refused a right. */
export const isRefusedRight = (thrown: unknown): thrown is Failure =>
  thrown instanceof Failure && /^KAFKA_(.*_)?AUTHORIZATION_FAILED$/.test(thrown.code);

/**
 * kafkajs resolves a send although it has left records out: if it has no metadata of their partition, or if the partition's leader moved
 * during a retry. After such a move, two brokers may have taken the same records.
 */
export const notAcknowledged = (where: string, brokers: number): Failure =>
  new Failure(
    'transient',
    'KAFKA_NOT_ACKNOWLEDGED',
    `${brokers === 0 ? 'no broker' : `${String(brokers)} brokers`} acknowledged the records for ${where}`,
  );

/** The error that a broker answered with, by kafkajs's name, if it was a broker's answer. */
export const protocolErrorOf = (thrown: unknown): string | undefined =>
  causesOf(thrown).find(({ type }) => type !== undefined)?.type;

/** A broker closes a connection if it does not understand a request, and also when the broker itself stops. */
export const isClosedConnection = (thrown: unknown): boolean =>
  causesOf(thrown).some(
    ({ name, message = '', code }) =>
      name === 'KafkaJSConnectionClosedError' || code === 'ECONNRESET' || /^Closed connection/.test(message),
  );

type KafkaError = {
  readonly name?: string;
  readonly type?: string;
  readonly code?: string | number;
  /** What to check: see patches/interrupted-logins.ts. */
  readonly advice?: string;
  readonly message?: string;
  readonly cause?: unknown;
  readonly errors?: readonly unknown[];
  /** Added by the patch named-refusals. */
  readonly refused?: Refusal;
};

/** Another owner has taken over, or the broker has forgotten this one. */
const FENCED = new Set([
  'INVALID_PRODUCER_EPOCH',
  'INVALID_PRODUCER_ID_MAPPING',
  'UNKNOWN_PRODUCER_ID',
  'INVALID_TXN_STATE',
  'OUT_OF_ORDER_SEQUENCE_NUMBER',
  'TRANSACTION_COORDINATOR_FENCED',
  'ILLEGAL_GENERATION',
  'UNKNOWN_MEMBER_ID',
  'REBALANCE_IN_PROGRESS',
  'FENCED_INSTANCE_ID',
]);

const HINTS: Readonly<Record<string, string>> = {
  SASL_AUTHENTICATION_FAILED: 'check KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD',
  UNSUPPORTED_SASL_MECHANISM:
    'set KAFKA_SASL_MECHANISM to one that this listener of the broker has enabled (sasl.enabled.mechanisms)',
  ILLEGAL_SASL_STATE:
    'this listener of the broker takes no login: leave KAFKA_SASL_MECHANISM unset, or use another port in KAFKA_BROKERS',
  INCONSISTENT_GROUP_PROTOCOL:
    'another application uses this consumer group: `runclose doctor` names it. Give that application another group, or set KAFKA_GROUP_ID',
};

const hintOf = ({ type = '', advice }: KafkaError): string | undefined =>
  type === 'SASL_AUTHENTICATION_FAILED' && advice !== undefined ? advice : HINTS[type];

const tlsTrouble = (causes: readonly KafkaError[]) => {
  for (const cause of causes) {
    const trouble = tlsAdvice(cause, {
      peer: 'the broker',
      address: 'KAFKA_BROKERS',
      names: TLS_NAMES,
    });
    if (trouble !== undefined) return trouble;
  }
  return undefined;
};

/** Permanent answers of a broker: they last until the configuration, the rights or the program change. */
const FATAL = new Set([
  ...RIGHTS,
  'OFFSET_OUT_OF_RANGE',
  'SASL_AUTHENTICATION_FAILED',
  'UNSUPPORTED_SASL_MECHANISM',
  'SECURITY_DISABLED',
  'MESSAGE_TOO_LARGE',
  'RECORD_LIST_TOO_LARGE',
  'INVALID_RECORD',
  'INVALID_TIMESTAMP',
  'INVALID_TOPIC_EXCEPTION',
  'INVALID_CONFIG',
  'INVALID_PARTITIONS',
  'INVALID_REPLICATION_FACTOR',
  'INVALID_TRANSACTION_TIMEOUT',
  'INVALID_SESSION_TIMEOUT',
  'INVALID_GROUP_ID',
  'INVALID_REQUEST',
  'INCONSISTENT_GROUP_PROTOCOL',
  'POLICY_VIOLATION',
  'UNSUPPORTED_VERSION',
  'UNSUPPORTED_FOR_MESSAGE_FORMAT',
  'UNSUPPORTED_COMPRESSION_TYPE',
]);

/** Bugs, and a broker that lacks a version of the protocol that this program needs. */
const FATAL_NAMES = new Set([
  'KafkaJSServerDoesNotSupportApiKey',
  'KafkaJSNotImplemented',
  'TypeError',
  'RangeError',
  'ReferenceError',
  'SyntaxError',
  'AssertionError',
]);

/** Codes that kafkajs has no name for. 90: a newer producer has this transactional id. 120: the transaction must be aborted. */
const UNNAMED: Readonly<Record<string, readonly [FailureKind, string]>> = {
  'Unknown error code 90': ['fenced', 'KAFKA_PRODUCER_FENCED'],
  'Unknown error code 120': ['transient', 'KAFKA_TRANSACTION_ABORTABLE'],
};

const kindAndCodeOf = (
  { type, message = '', name }: KafkaError,
  causes: readonly KafkaError[],
): readonly [FailureKind, string] => {
  const unnamed = UNNAMED[message];
  if (unnamed !== undefined) return unnamed;
  if (type !== undefined) {
    return [FENCED.has(type) ? 'fenced' : FATAL.has(type) ? 'fatal' : 'transient', `KAFKA_${type}`];
  }
  const fatal = causes.find((cause) => cause.name !== undefined && FATAL_NAMES.has(cause.name));
  if (fatal !== undefined)
    return ['fatal', fatal.name?.startsWith('KafkaJS') ? codeOf(fatal.name) : 'UNEXPECTED_ERROR'];
  return ['transient', codeOf(name)];
};

/** `KafkaJSRequestTimeoutError` → `KAFKA_REQUEST_TIMEOUT` */
const codeOf = (name = 'Error'): string => {
  const words = name.replace(/^KafkaJS/, '').replace(/Error$/, '');
  return `KAFKA_${words.replace(/(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])/g, '_').toUpperCase() || 'UNAVAILABLE'}`;
};

/** The error and its causes, outermost first. For an aggregate, the first of its errors is the cause. */
const causesOf = (thrown: unknown): readonly KafkaError[] => {
  const causes: KafkaError[] = [];
  for (let error = thrown; isKafkaError(error) && !causes.includes(error);) {
    causes.push(error);
    error = error.errors?.[0] ?? error.cause;
  }
  return causes;
};

const isKafkaError = (value: unknown): value is KafkaError => typeof value === 'object' && value !== null;
