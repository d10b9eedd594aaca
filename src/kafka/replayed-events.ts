/** An event that a replay writes again: the same bytes, and behind its headers the replay's id. */
import { TYPE_HEADER, REPLAY_HEADER } from '../wire/headers.ts';
import { type EventType, EVENT_TYPES } from '../wire/event-types.ts';
import { lastHeader, withHeader, type AnyHeaders } from './headers.ts';
import { sourceNamedIn } from './source-position.ts';
import type { Position } from '../wire/position.ts';

/** What an event is, wherever it stands: of each type a command has one. */
export type EventIdentity = { readonly type: EventType; readonly source: Position };

/** Null for what no processor has emitted. */
export const identityOfEvent = (headers: AnyHeaders): EventIdentity | null => {
  const named = lastHeader(headers, TYPE_HEADER)?.toString('utf8');
  const type = EVENT_TYPES.find((each) => each === named);
  const source = sourceNamedIn(headers);
  return type === undefined || source === null ? null : { type, source };
};

/** The stream that an event belongs to; within it, its source's offset identifies it. */
export const streamOf = ({ type, source: { topic, partition } }: EventIdentity): string =>
  `${type} ${topic}/${String(partition)}`;

export const replayedHeaders = (headers: AnyHeaders, replayId: string): AnyHeaders =>
  withHeader(headers, [REPLAY_HEADER, Buffer.from(replayId)]);
