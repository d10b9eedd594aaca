import { readFields } from './fields.ts';
import type { Api, KafkaRequest } from './request.ts';

/** Matches requests of one API that belong to a transaction; if a partition is given, to a transaction of that partition's producer. */
export const inTransaction =
  (api: Api, partition?: number) =>
  (request: KafkaRequest): boolean =>
    request.api === api &&
    request.transactionalId !== null &&
    (partition === undefined || new RegExp(`\\.${String(partition)}(:\\d+)?$`).test(request.transactionalId));

/** Matches fetches of commands, which the processor sends when it has nothing else to do. */
export const fetchesCommands = ({ api, body }: KafkaRequest): boolean => {
  if (api !== 'Fetch') return false;
  const fields = readFields(body);
  fields.skip(BEFORE_TOPICS);
  const [topic] = fields.array(fields.string);
  return topic?.endsWith('run.close.requested') === true;
};

/** Replica, wait, least and most bytes, isolation level, session and its epoch; kafkajs uses version 11. */
const BEFORE_TOPICS = 4 + 4 + 4 + 4 + 1 + 4 + 4;

/** The error code in the answer to an `EndTxn`. */
export const endTxnErrorIn = (answer: Buffer): number => answer.readInt16BE(4 + 4 + 4);
