import type { Api, KafkaRequest } from './request.ts';

/** Requests of one API that belong to a transaction; with a partition, to that of the producer for it. */
export const inTransaction =
  (api: Api, partition?: number) =>
  (request: KafkaRequest): boolean =>
    request.api === api &&
    request.transactionalId !== null &&
    (partition === undefined || request.transactionalId.endsWith(`.${String(partition)}`));

/** The error code that an `EndTxn` was answered with. */
export const endTxnErrorIn = (answer: Buffer): number => answer.readInt16BE(4 + 4 + 4);
