import { Failure, passesInTime } from '../../processor/failure.ts';

const UNREACHABLE = new Set([
  'KafkaJSConnectionError',
  'KafkaJSConnectionClosedError',
  'KafkaJSRequestTimeoutError',
]);

const REFUSED = new Set(['SASL_AUTHENTICATION_FAILED', 'UNSUPPORTED_SASL_MECHANISM', 'ILLEGAL_SASL_STATE']);

/**
 * No broker could be reached, or every broker refused the login; the reason is among the causes of kafkajs's error. A refused login counts as
 * transient too, because secrets and certificates are renewed while a process runs.
 */
export const isUnreachable = (thrown: unknown): thrown is Error =>
  thrown instanceof Error &&
  (UNREACHABLE.has(thrown.name) ||
    ('type' in thrown && REFUSED.has(String(thrown.type))) ||
    (thrown instanceof Failure && passesInTime(thrown)) ||
    isUnreachable(thrown.cause));
