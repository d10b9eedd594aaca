/**
 * A dead letter that is sent again to the input. The record is unchanged. Headers after its own headers give the position of the dead
 * letter, so that it is never sent twice, and the number of attempts.
 */
import { REDRIVE_HEADERS, type Headers } from '../../wire/headers.ts';
import { positionText, positionNamed, type Position } from '../../wire/position.ts';
import { reasonOfDeadLetter } from './dead-letter-reason.ts';

/** The facts in the headers that were appended when a record was sent again. */
export type Redrive = {
  /** The position of the dead letter. */
  readonly from: Position;
  readonly attempts: number;
  /** The record's own headers. */
  readonly headers: Headers;
};

/** Returns null if the record was not sent again. The record's own headers may have any name, so only the last two headers count. */
export const redriveOf = (headers: Headers): Redrive | null => {
  const [from, attempts] = headers.slice(-2);
  if (from?.[0] !== REDRIVE_HEADERS.from || attempts?.[0] !== REDRIVE_HEADERS.attempts) return null;
  const place = positionNamed(from[1]?.toString('utf8'));
  const count = attempts[1]?.toString('utf8') ?? '';
  return place === null || !/^\d{1,6}$/.test(count)
    ? null
    : { from: place, attempts: Number(count), headers: headers.slice(0, -2) };
};

/** How often a dead letter's record has been sent again. */
export const attemptsOf = (letterHeaders: Headers): number =>
  redriveOf(reasonOfDeadLetter(letterHeaders).headers)?.attempts ?? 0;

/** The headers with which a dead letter's record is sent again. */
export const redrivenHeaders = (letterHeaders: Headers, letter: Position): Headers => {
  const { headers } = reasonOfDeadLetter(letterHeaders);
  const before = redriveOf(headers);
  return [
    ...(before?.headers ?? headers),
    [REDRIVE_HEADERS.from, Buffer.from(positionText(letter))],
    [REDRIVE_HEADERS.attempts, Buffer.from(String((before?.attempts ?? 0) + 1))],
  ];
};
