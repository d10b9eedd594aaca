import type { InputRecord } from '../processor/ports.ts';
import { headersOf } from './headers.ts';
import type { FetchedMessage } from './kafkajs-internals.ts';

export type TopicPartition = { readonly topic: string; readonly partition: number };

/** A record and where it stands. */
export type LogRecord = InputRecord & TopicPartition;

export const inputRecord = (message: FetchedMessage): InputRecord => ({
  offset: Number(message.offset),
  key: message.key,
  value: message.value,
  timestamp: Number(message.timestamp),
  headers: headersOf(message),
});
