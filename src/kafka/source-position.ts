import type { Headers } from '../processor/ports.ts';

/** Where the command stood that a record was emitted for. */
export type SourcePosition = { readonly topic: string; readonly partition: number; readonly offset: number };

/** On records that a replay emitted again: they say nothing about what the processor has emitted. */
export const REPLAY_HEADER = 'runclose-replay';
const SOURCE_HEADER = 'source-offset';

/** What an event's headers say; null where they say nothing, or a replay wrote it again. */
export const sourceOfEvent = (headers: Headers): SourcePosition | null =>
  replayOf(headers) === null ? sourceNamedIn(headers) : null;

/** The same, whoever wrote it. */
export const sourceNamedIn = (headers: Headers): SourcePosition | null => {
  const source = headers.findLast(([name]) => name === SOURCE_HEADER)?.[1]?.toString('utf8');
  return positionNamed(source);
};

/** `run.close.requested/3/1042` */
export const positionNamed = (text = ''): SourcePosition | null => {
  const [, ...parts] = /^(.+)\/(\d+)\/(\d+)$/.exec(text) ?? [];
  return sourcePosition(...parts);
};

/** The id of the replay that wrote a record again; null where none did. */
export const replayOf = (headers: Headers): string | null => {
  const header = headers.findLast(([name]) => name === REPLAY_HEADER);
  return header === undefined ? null : (header[1]?.toString('utf8') ?? '');
};

export const sourcePosition = (topic?: string, partition?: string, offset?: string): SourcePosition | null =>
  topic === undefined || !isWholeNumber(partition) || !isWholeNumber(offset)
    ? null
    : { topic, partition: Number(partition), offset: Number(offset) };

const isWholeNumber = (text: string | undefined): text is string =>
  text !== undefined && /^\d{1,16}$/.test(text);
