/**
 * What a replay reads: the commands of the past in the order in which they were decided, each with the records that it led to.
 * A topic and a file give the same.
 */
import type { ChannelPolicy } from '../domain/channel-policy.ts';
import type { Decoded, EmittedEvent } from '../processor/ports/record-codec.ts';
import type { Emission } from '../processor/ports/output.ts';
import type { EventType } from '../wire/event-types.ts';
import type { InputRecord } from '../processor/ports/input-record.ts';

/** A record where it stands, or stood. */
export type HistoryRecord = InputRecord & { readonly topic: string; readonly partition: number };

export type OutputKind = EventType | 'dead-letter';

/** A record of an output topic. */
export type EmittedRecord = { readonly kind: OutputKind; readonly record: FoundRecord };

export type FoundRecord = HistoryRecord & {
  /** Where it can be told without reading them: true, if these are its headers, and nothing else. */
  hasHeaders?(expected: Extract<Emission, { kind: 'event' }>['headers']): boolean;
};

export type HistoryStep =
  | {
      readonly kind: 'command';
      readonly record: HistoryRecord;
      /** The records that name this one as their source, in the order of their topics. */
      readonly emitted: readonly EmittedRecord[];
    }
  /** A record in an output topic that no command of the input stands for at its place. */
  | { readonly kind: 'stray'; readonly emitted: EmittedRecord; readonly source: string | null };

export type CommandStep = Extract<HistoryStep, { kind: 'command' }>;

/** The stretch of one partition of the input that is read. */
export type HistoryRange = {
  readonly partition: number;
  readonly from: number;
  /** Exclusive. */
  readonly to: number;
  /** Whether nothing was ever before `from`: else the ledgers of its channels are not known. */
  readonly complete: boolean;
};

/** A version of a channel's policy, and the ledger's revision after which it applies. */
export type PolicyVersion = {
  readonly channelId: string;
  readonly policy: ChannelPolicy;
  readonly afterRevision: number;
};

export type HistoryFacts = {
  /** The input topic, with its prefix. */
  readonly topic: string;
  readonly outputTopics: Readonly<Record<OutputKind, string>>;
  readonly groupId: string;
  readonly clusterId: string | null;
  readonly ranges: readonly HistoryRange[];
  /** Whether the events are there; else only commands are. */
  readonly withEvents: boolean;
  /** Whether names and ids were made up: then bodies and hashes are not those of the events. */
  readonly pseudonymised: boolean;
  /** The only channel that is there; undefined: all are. */
  readonly channelId?: string | undefined;
};

/** By topic and partition, as `run.closed/3`: the offset that is read next. */
export type Place = ReadonlyMap<string, number>;

export interface History {
  readonly facts: HistoryFacts;
  /** Channel by channel in the order of versions. */
  readonly policies: readonly PolicyVersion[];
  /** In bounded portions. The order across partitions is that of the broker's time. */
  steps(from?: Place): AsyncIterable<readonly HistoryStep[]>;
  /**
   * From where the steps go on behind the last portion; undefined: they cannot be taken up there. Where it is missing, they are
   * read from the beginning always.
   */
  place?(): Place | undefined;
  /** One result a value, in order; the writers' schemas come from where the history comes from. */
  decode(values: readonly (Buffer | null)[]): Promise<readonly Decoded[]>;
  /** An event's fields, of whatever version its schema is; null where the bytes are none. */
  readEvent(type: EventType, value: Buffer | null): Promise<object | null>;
  /** Decodes an event, to compare it with the event that this version would write. */
  readEmitted(type: EventType, value: Buffer | null): Promise<EmittedEvent>;
}
