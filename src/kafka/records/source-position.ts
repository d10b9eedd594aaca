import { REPLAY_HEADER, SOURCE_HEADER } from '../../wire/headers.ts';
import { positionNamed, type Position } from '../../wire/position.ts';
import { lastHeader, type AnyHeaders } from './headers.ts';

/** The position of the command that an event's headers name; null if they name none, or if a replay wrote the event again. */
export const sourceOfEvent = (headers: AnyHeaders): Position | null =>
  replayOf(headers) === null ? sourceNamedIn(headers) : null;

/** As `sourceOfEvent`, but also for events that a replay wrote again. */
export const sourceNamedIn = (headers: AnyHeaders): Position | null =>
  positionNamed(lastHeader(headers, SOURCE_HEADER)?.toString('utf8'));

/** The id of the replay that wrote a record again; null if none did. */
export const replayOf = (headers: AnyHeaders): string | null => {
  const id = lastHeader(headers, REPLAY_HEADER);
  return id === undefined ? null : (id?.toString('utf8') ?? '');
};
