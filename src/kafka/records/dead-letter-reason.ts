import { DEAD_LETTER_HEADERS, type Headers } from '../../wire/headers.ts';
import type { Position } from '../../wire/position.ts';
import { sourceOfDeadLetter } from './dead-letters.ts';

/** Why a record is a dead letter, read from the headers after its own headers. */
export type DeadLetterReason = {
  /** `UNKNOWN_SCHEMA_ID`, `UNDECODABLE` and so on; null: no processor wrote this record. */
  readonly code: string | null;
  readonly message: string | null;
  /** The record's position in the input. */
  readonly source: Position | null;
  /** The record's own headers. */
  readonly headers: Headers;
};

/** The headers that were appended last count, because the record may have been a dead letter before. */
export const reasonOfDeadLetter = (headers: Headers): DeadLetterReason => {
  const begin = headers.findLastIndex(([name]) => name === DEAD_LETTER_HEADERS.topic);
  const appended = begin < 0 ? [] : headers.slice(begin);
  const valueOf = (wanted: string): string | null =>
    appended.findLast(([name]) => name === wanted)?.[1]?.toString('utf8') ?? null;
  return {
    code: valueOf(DEAD_LETTER_HEADERS.code),
    message: valueOf(DEAD_LETTER_HEADERS.message),
    source: sourceOfDeadLetter(headers),
    headers: begin < 0 ? headers : headers.slice(0, begin),
  };
};
