import type { RunCloseRequested } from '../domain/records.ts';
import type { RejectionReason } from '../domain/rejection.ts';
import {
  decideCommand,
  rejectInvalid,
  rejectReused,
  type DecidedCommand,
  type DecidingCodec,
  type EventIds,
  type UnstoredRejection,
} from './decide-command.ts';
import { largestDeviation } from './largest-deviation.ts';
import type { Bodies } from './ports/decision-store.ts';
import type { Fingerprints, Poison } from './ports/record-codec.ts';
import type { InputRecord } from './ports/input-record.ts';
import type { Entry, ValidEntry } from './read-batch.ts';
import type { WorkingChannel } from './working-channels.ts';

/** The outcome of one record: exactly one of these, and exactly once in the read-committed view. */
export type Owed =
  | {
      readonly kind: 'events';
      readonly outcome: 'closed' | 'rejected' | 'redelivered';
      /** The fairness reason of a closed run, or the reason of a rejection; unset for a redelivered record. */
      readonly reason?: string;
      /** Closed runs only. */
      readonly runnerUserId?: string;
      readonly record: InputRecord;
      readonly command: RunCloseRequested;
      readonly bodies: Bodies;
      /** Closed runs only: see `largestDeviation`. */
      readonly deviation?: number;
      /** Set if another version may have written the bodies. */
      readonly writtenWith?: Fingerprints;
      readonly eventIds: EventIds;
    }
  | { readonly kind: 'dead-letter'; readonly record: InputRecord; readonly poison: Poison }
  | { readonly kind: 'nothing'; readonly record: InputRecord };

/** The commands before the record. The processor reads them from its store, a replay from its index, and a preview from the database. */
export interface Past {
  /** The content hash of the earlier command that claimed the entry's command id; undefined if there is none. */
  contentOf(entry: ValidEntry): Buffer | undefined;
  channelOf(entry: ValidEntry): WorkingChannel;
  /** The value of the `source-offset` header. */
  sourceOf(record: InputRecord): string;
  /** Called for each command that claims its id. */
  claimed(entry: ValidEntry, decided: DecidedCommand): void;
}

/**
 * Decides one record that was not decided before. The first rule that applies counts: a poisoned record is a dead letter, an invalid
 * command is rejected, the same command again emits nothing, another command under a known id is rejected, and a new command is decided.
 */
export const decideRecord = (entry: Entry, past: Past, codec: DecidingCodec): Owed => {
  const { record } = entry;
  switch (entry.kind) {
    case 'poison':
      return { kind: 'dead-letter', record, poison: entry.poison };
    case 'invalid':
      return owedRejection(entry, 'INVALID_COMMAND', rejectInvalid(entry, past.sourceOf(record), codec));
    case 'valid': {
      const known = past.contentOf(entry);
      if (known === undefined) return decideNew(entry, past, codec);
      if (known.equals(entry.contentHash)) return { kind: 'nothing', record };
      const rejection = rejectReused(entry, known, past.sourceOf(record), codec);
      return owedRejection(entry, 'COMMAND_ID_REUSED', rejection);
    }
  }
};

const decideNew = (entry: ValidEntry, past: Past, codec: DecidingCodec): Owed => {
  const { record, command } = entry;
  const result = decideCommand(entry, past.channelOf(entry), codec);
  past.claimed(entry, result);
  const { decision, eventIds, closed } = result;
  const { outcome, reason, runnerUserId, bodies } = decision;
  return closed === null || runnerUserId === null
    ? { kind: 'events', outcome, record, command, bodies, reason, eventIds }
    : {
        kind: 'events',
        outcome,
        record,
        command,
        bodies,
        reason,
        runnerUserId,
        eventIds,
        deviation: largestDeviation(closed),
      };
};

const owedRejection = (
  { record, command }: ValidEntry | InvalidEntry,
  reason: RejectionReason,
  rejection: UnstoredRejection,
): Owed => ({
  kind: 'events',
  outcome: 'rejected',
  reason,
  record,
  command,
  ...rejection,
});

type InvalidEntry = Extract<Entry, { kind: 'invalid' }>;
