/** An event that a replay writes again: the same bytes, and behind its headers the replay's id. */
import type { EventType } from '../processor/ports.ts';
import { lastHeader, withHeader, type AnyHeaders } from './headers.ts';
import { REPLAY_HEADER, sourceNamedIn, type SourcePosition } from './source-position.ts';
import { EVENT_TYPES } from './topic-names.ts';

/** What an event is, wherever it stands: of each type a command has one. */
export type EventIdentity = { readonly type: EventType; readonly source: SourcePosition };

/** Null for what no processor has emitted. */
export const identityOfEvent = (headers: AnyHeaders): EventIdentity | null => {
  const named = lastHeader(headers, 'ce_type')?.toString('utf8');
  const type = EVENT_TYPES.find((each) => each === named);
  const source = sourceNamedIn(headers);
  return type === undefined || source === null ? null : { type, source };
};

/** The stream that an event belongs to; within it, its source's offset identifies it. */
export const streamOf = ({ type, source: { topic, partition } }: EventIdentity): string =>
  `${type} ${topic}/${String(partition)}`;

export const replayedHeaders = (headers: AnyHeaders, replayId: string): AnyHeaders =>
  withHeader(headers, [REPLAY_HEADER, Buffer.from(replayId)]);
