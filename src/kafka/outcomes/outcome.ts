/** What became of a command, as its event or its dead letter shows it. No database is needed. */
import type { RunClosed, RunCloseRejected, RunCloseRequested } from '../../domain/records.ts';
import { Failure } from '../../processor/failure.ts';
import type { Poison } from '../../processor/ports/record-codec.ts';
import { readablePosition, type Position } from '../../wire/position.ts';
import type { TopicNames } from '../names/topic-names.ts';
import { reasonOfDeadLetter } from '../records/dead-letter-reason.ts';
import { sourceOfDeadLetter } from '../records/dead-letters.ts';
import { headerList } from '../records/headers.ts';
import type { EncodedRecord } from '../records/log-record.ts';
import { replayOf, sourceNamedIn } from '../records/source-position.ts';

/** A command id is unique within its channel. */
export type CommandName = { readonly channelId: string; readonly commandId: string };

/** A command and its position in the log. */
export type PlacedCommand = CommandName & { readonly partition: number; readonly offset: number };

/** The outcome that an event or a dead letter shows. */
export type FoundOutcome =
  | { readonly outcome: 'closed'; readonly event: RunClosed }
  | { readonly outcome: 'rejected'; readonly event: RunCloseRejected }
  /** Nobody decided the command: `code` and `message` say why. */
  | { readonly outcome: 'dead-letter'; readonly code: string; readonly message: string };

/** The same command was published before. */
export type DuplicateOutcome = {
  readonly outcome: 'duplicate';
  /** What became of the first publication; undefined if no topic holds it any longer, or if the search had to end early. */
  readonly first: FoundOutcome | undefined;
};

export type CommandOutcome = FoundOutcome | DuplicateOutcome;

/** Decodes the values of one topic; one result for each, in order. */
export type Decode<T> = (
  values: readonly (Buffer | null)[],
) => Promise<
  readonly (
    { readonly kind: 'value'; readonly value: T } | { readonly kind: 'poison'; readonly poison: Poison }
  )[]
>;

export type OutcomeDecoders = {
  readonly 'run.closed': Decode<RunClosed>;
  readonly 'run.close.rejected': Decode<RunCloseRejected>;
  readonly 'run.close.requested': Decode<RunCloseRequested>;
};

/** The topics that show the outcomes. */
export const outcomeTopics = ({ closed, rejected, deadLetters }: TopicNames): readonly string[] => [
  closed,
  rejected,
  deadLetters,
];

/** The position of the command that a record came from. Null for records of others, and for events that a replay wrote again. */
export const sourceOfOutcome = (record: EncodedRecord, names: TopicNames): Position | null =>
  replayOf(record.headers) === null ? sourceNamedInOutcome(record, names) : null;

/** As `sourceOfOutcome`, but also for events that a replay wrote again. */
export const sourceNamedInOutcome = (
  { topic, headers }: EncodedRecord,
  names: TopicNames,
): Position | null => {
  const source =
    topic === names.deadLetters ? sourceOfDeadLetter(headerList(headers)) : sourceNamedIn(headers);
  return source?.topic === names.requested ? source : null;
};

/** Rejects with a fatal `UNREADABLE_EVENT` for a record that is no event, and as the decoder does while the registry is away. */
export const readOutcome = async (
  record: EncodedRecord,
  names: TopicNames,
  decoders: OutcomeDecoders,
): Promise<FoundOutcome> => {
  if (record.topic === names.deadLetters) {
    const { code, message } = reasonOfDeadLetter(headerList(record.headers));
    return { outcome: 'dead-letter', code: code ?? '', message: message ?? '' };
  }
  return record.topic === names.closed
    ? { outcome: 'closed', event: await eventIn(record, decoders['run.closed']) }
    : { outcome: 'rejected', event: await eventIn(record, decoders['run.close.rejected']) };
};

const eventIn = async <T>(record: EncodedRecord, decode: Decode<T>): Promise<T> => {
  const [result] = await decode([record.value]);
  if (result?.kind === 'value') return result.value;
  throw new Failure(
    'fatal',
    'UNREADABLE_EVENT',
    `reading the event at ${readablePosition(record)}: ${result?.poison.message ?? 'it has no value'}`,
  );
};
