import type { Headers } from '../processor/ports.ts';
import { sourceOfDeadLetter } from './dead-letters.ts';
import type { SourcePosition } from './source-position.ts';

/** Why a record is a dead letter, as was written behind its own headers. */
export type DeadLetterReason = {
  /** `UNKNOWN_SCHEMA_ID`, `UNDECODABLE` and so on; null: it was not put here by a processor. */
  readonly code: string | null;
  readonly message: string | null;
  /** Where it stood. */
  readonly source: SourcePosition | null;
  /** Its own headers. */
  readonly headers: Headers;
};

const FIRST_HEADER = '__connect.errors.topic';
const CODE_HEADER = '__connect.errors.exception.class.name';
const MESSAGE_HEADER = '__connect.errors.exception.message';

/** What was appended last counts: the record may have been a dead letter before. */
export const reasonOfDeadLetter = (headers: Headers): DeadLetterReason => {
  const begin = headers.findLastIndex(([name]) => name === FIRST_HEADER);
  const appended = begin < 0 ? [] : headers.slice(begin);
  const valueOf = (wanted: string): string | null =>
    appended.findLast(([name]) => name === wanted)?.[1]?.toString('utf8') ?? null;
  return {
    code: valueOf(CODE_HEADER),
    message: valueOf(MESSAGE_HEADER),
    source: sourceOfDeadLetter(headers),
    headers: begin < 0 ? headers : headers.slice(0, begin),
  };
};
