/** Events that a replay writes again: the same bytes, with the replay's id in a header after the event's own headers. */
import { type EventType, EVENT_TYPES } from '../../wire/event-types.ts';
import { TYPE_HEADER, REPLAY_HEADER } from '../../wire/headers.ts';
import type { Position } from '../../wire/position.ts';
import { lastHeader, withHeader, type AnyHeaders } from './headers.ts';
import { sourceNamedIn } from './source-position.ts';

/** Identifies an event in any topic: a command has one event of each type. */
export type EventIdentity = { readonly type: EventType; readonly source: Position };

/** Null for a record that no processor has emitted. */
export const identityOfEvent = (headers: AnyHeaders): EventIdentity | null => {
  const named = lastHeader(headers, TYPE_HEADER)?.toString('utf8');
  const type = EVENT_TYPES.find((each) => each === named);
  const source = sourceNamedIn(headers);
  return type === undefined || source === null ? null : { type, source };
};

/** The stream of an event. Within a stream, the offset of the source identifies the event. */
export const streamOf = ({ type, source: { topic, partition } }: EventIdentity): string =>
  `${type} ${topic}/${String(partition)}`;

export const replayedHeaders = (headers: AnyHeaders, replayId: string): AnyHeaders =>
  withHeader(headers, [REPLAY_HEADER, Buffer.from(replayId)]);
