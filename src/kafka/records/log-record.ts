import type { InputRecord } from '../../processor/ports/input-record.ts';
import type { FetchedMessage } from '../patches/kafkajs-internals.ts';
import { encodedHeadersOf, headersOf, type AnyHeaders } from './headers.ts';

export type TopicPartition = { readonly topic: string; readonly partition: number };

/** A record and its position. */
export type LogRecord = InputRecord & TopicPartition;

/** A `LogRecord` with its headers still encoded, if possible. */
export type EncodedRecord = Omit<LogRecord, 'headers'> & { readonly headers: AnyHeaders };

export const recordOf = (message: FetchedMessage): InputRecord => {
  const record = {
    offset: Number(message.offset),
    key: message.key,
    value: message.value,
    timestamp: Number(message.timestamp),
    headers: headersOf(message),
  };
  return message.unreadable === undefined ? record : { ...record, unreadable: message.unreadable };
};

export const encodedRecord = (message: FetchedMessage): Omit<EncodedRecord, keyof TopicPartition> => ({
  offset: Number(message.offset),
  key: message.key,
  value: message.value,
  timestamp: Number(message.timestamp),
  headers: encodedHeadersOf(message),
});
