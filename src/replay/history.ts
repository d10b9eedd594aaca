/**
 * The input of a replay: the past commands in the order in which they were decided, each with its emitted records. The history is the same
 * whether it is read from topics or from a file.
 */
import type { ChannelPolicy } from '../domain/channel-policy.ts';
import type { Decoded, EmittedEvent } from '../processor/ports/record-codec.ts';
import type { Emission } from '../processor/ports/output.ts';
import type { EventType } from '../wire/event-types.ts';
import type { InputRecord } from '../processor/ports/input-record.ts';

/** A record with its topic and partition. */
export type HistoryRecord = InputRecord & { readonly topic: string; readonly partition: number };

export type OutputKind = EventType | 'dead-letter';

/** A record of an output topic. */
export type EmittedRecord = { readonly kind: OutputKind; readonly record: FoundRecord };

export type FoundRecord = HistoryRecord & {
  /** Whether these are exactly the headers of the record. Only present if this can be found out without decoding the headers. */
  hasHeaders?(expected: Extract<Emission, { kind: 'event' }>['headers']): boolean;
};

export type HistoryStep =
  | {
      readonly kind: 'command';
      readonly record: HistoryRecord;
      /** The records that name this one as their source, in the order of their topics. */
      readonly emitted: readonly EmittedRecord[];
    }
  /** A record of an output topic whose command is not found at this place of the input. */
  | { readonly kind: 'stray'; readonly emitted: EmittedRecord; readonly source: string | null };

export type CommandStep = Extract<HistoryStep, { kind: 'command' }>;

/** The range of offsets of one input partition that is read. */
export type HistoryRange = {
  readonly partition: number;
  readonly from: number;
  /** Exclusive. */
  readonly to: number;
  /** True if there never was anything before `from`. Otherwise, the ledgers of the channels are unknown at the start. */
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
  /** Whether the history contains events. If not, it contains only commands. */
  readonly withEvents: boolean;
  /** Whether names and ids are made up. If so, bodies and hashes differ from those of the real events. */
  readonly pseudonymised: boolean;
  /** The only channel in the history; undefined: all channels. */
  readonly channelId?: string | undefined;
};

/** By topic and partition, such as `run.closed/3`: the next offset to read. */
export type Place = ReadonlyMap<string, number>;

export interface History {
  readonly facts: HistoryFacts;
  /** Channel by channel, in the order of the versions. */
  readonly policies: readonly PolicyVersion[];
  /** In portions of limited size. Across partitions, the order is that of the broker's timestamps. */
  steps(from?: Place): AsyncIterable<readonly HistoryStep[]>;
  /**
   * The place after the last portion, from which `steps` can resume. Undefined: the history cannot resume there. If this function is
   * missing, `steps` always starts from the beginning.
   */
  place?(): Place | undefined;
  /** Returns one result for each value, in order. Takes the writers' schemas from the source of the history: the registry or the file. */
  decode(values: readonly (Buffer | null)[]): Promise<readonly Decoded[]>;
  /** Decodes an event of any version of its schema. Null if the bytes are no event. */
  readEvent(type: EventType, value: Buffer | null): Promise<object | null>;
  /** Decodes an event, to compare it with the event that this version would write. */
  readEmitted(type: EventType, value: Buffer | null): Promise<EmittedEvent>;
}
