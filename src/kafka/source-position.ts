import { lastHeader, type AnyHeaders } from './headers.ts';

/** Where the command stood that a record was emitted for. */
export type SourcePosition = { readonly topic: string; readonly partition: number; readonly offset: number };

/** On records that a replay emitted again: they say nothing about what the processor has emitted. */
export const REPLAY_HEADER = 'runclose-replay';
const SOURCE_HEADER = 'source-offset';

/** What an event's headers say; null where they say nothing, or a replay wrote it again. */
export const sourceOfEvent = (headers: AnyHeaders): SourcePosition | null =>
  replayOf(headers) === null ? sourceNamedIn(headers) : null;

/** The same, whoever wrote it. */
export const sourceNamedIn = (headers: AnyHeaders): SourcePosition | null =>
  positionNamed(lastHeader(headers, SOURCE_HEADER)?.toString('utf8'));

/** `run.close.requested/3/1042` */
export const positionNamed = (text = ''): SourcePosition | null => {
  const [, ...parts] = /^(.+)\/(\d+)\/(\d+)$/.exec(text) ?? [];
  return sourcePosition(...parts);
};

/** The id of the replay that wrote a record again; null where none did. */
export const replayOf = (headers: AnyHeaders): string | null => {
  const id = lastHeader(headers, REPLAY_HEADER);
  return id === undefined ? null : (id?.toString('utf8') ?? '');
};

export const sourcePosition = (topic?: string, partition?: string, offset?: string): SourcePosition | null =>
  topic === undefined || !isWholeNumber(partition) || !isWholeNumber(offset)
    ? null
    : { topic, partition: Number(partition), offset: Number(offset) };

const isWholeNumber = (text: string | undefined): text is string =>
  text !== undefined && /^\d{1,16}$/.test(text);
