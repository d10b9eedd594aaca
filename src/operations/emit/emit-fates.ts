/** Decides what happens to each record of the source. */
import { createOffsetSet, type OffsetSet } from '../../kafka/read/offset-set.ts';
import type { EncodedRecord } from '../../kafka/records/log-record.ts';
import { identityOfEvent, streamOf, type EventIdentity } from '../../kafka/records/replayed-events.ts';
import { replayOf } from '../../kafka/records/source-position.ts';
import type { EventType } from '../../wire/event-types.ts';

export type Fate =
  | 'sent'
  /** The target holds the event. */
  | 'sent-before'
  /** The same event stands earlier in the source. */
  | 'doubled'
  /** The event's personal data was forgotten. */
  | 'purged'
  /** A replay wrote this record: its original is sent instead. */
  | 'copy'
  /** No processor emitted the record. */
  | 'stray'
  | 'other-channel';

export type FateRules = {
  readonly channelId: string | undefined;
  readonly isPurged: (event: EventIdentity) => boolean;
  /** The events that the target holds. */
  readonly sent: Pick<OffsetSet, 'has'>;
};

/** Creates a function that remembers each event, to find doubled ones. */
export const createFates = ({ channelId, isPurged, sent }: FateRules) => {
  const seen = createOffsetSet();
  return (type: EventType, { key, headers }: Pick<EncodedRecord, 'key' | 'headers'>): Fate => {
    if (replayOf(headers) !== null) return 'copy';
    const event = identityOfEvent(headers);
    if (event?.type !== type) return 'stray';
    if (channelId !== undefined && key?.toString('utf8') !== channelId) return 'other-channel';
    if (isPurged(event)) return 'purged';
    const stream = streamOf(event);
    const { offset } = event.source;
    if (!seen.add(stream, offset)) return 'doubled';
    return sent.has(stream, offset) ? 'sent-before' : 'sent';
  };
};
