const UNREACHABLE = new Set([
  'KafkaJSConnectionError',
  'KafkaJSConnectionClosedError',
  'KafkaJSRequestTimeoutError',
]);

/** No broker could be reached: that stands somewhere among the causes of what kafkajs throws then. */
export const isUnreachable = (thrown: unknown): thrown is Error =>
  thrown instanceof Error && (UNREACHABLE.has(thrown.name) || isUnreachable(thrown.cause));
