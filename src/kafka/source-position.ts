import type { Headers } from '../processor/ports.ts';

/** Where the command stood that a record was emitted for. */
export type SourcePosition = { readonly topic: string; readonly partition: number; readonly offset: number };

/** On records that a replay emitted again: they say nothing about what the processor has emitted. */
export const REPLAY_HEADER = 'runclose-replay';
const SOURCE_HEADER = 'source-offset';

/** What an event's headers say; null where they say nothing, or a replay wrote it again. */
export const sourceOfEvent = (headers: Headers): SourcePosition | null => {
  let source: string | undefined;
  for (const [name, value] of headers) {
    if (name === REPLAY_HEADER) return null;
    if (name === SOURCE_HEADER) source = value?.toString('utf8');
  }
  const [, ...parts] = /^(.+)\/(\d+)\/(\d+)$/.exec(source ?? '') ?? [];
  return sourcePosition(...parts);
};

export const sourcePosition = (topic?: string, partition?: string, offset?: string): SourcePosition | null =>
  topic === undefined || !isWholeNumber(partition) || !isWholeNumber(offset)
    ? null
    : { topic, partition: Number(partition), offset: Number(offset) };

const isWholeNumber = (text: string | undefined): text is string =>
  text !== undefined && /^\d{1,16}$/.test(text);
