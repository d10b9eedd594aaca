import { idPair } from '../domain/ids.ts';
import type { RunCloseRequested } from '../domain/records.ts';
import type { DecidingCodec } from './decide-command.ts';
import { decideRecord, type Owed, type Past } from './decide-record.ts';
import { eventIdOfCommand } from './event-identity.ts';
import { Failure } from './failure.ts';
import { isOwnDecision, wasNeverDecodable } from './own-decision.ts';
import type {
  BatchState,
  BatchWrites,
  Bodies,
  NewDecision,
  SeenAgain,
  StoredCommand,
} from './ports/decision-store.ts';
import type { EventType } from '../wire/event-types.ts';
import type { Fingerprints, Poison } from './ports/record-codec.ts';
import type { InputRecord } from './ports/input-record.ts';
import type { Entry, ValidEntry } from './read-batch.ts';
import { createWorkingChannels } from './working-channels.ts';

export type BatchDecision = BatchWrites & { readonly owed: readonly Owed[] };

export type UndecidedBatch = {
  readonly entries: readonly Entry[];
  readonly state: BatchState;
  readonly partition: number;
  readonly codec: DecidingCodec;
  /** The `source-offset` header's value for an input offset. */
  readonly sourceOf: (offset: number) => string;
  /** As in `LeaseGrant`. */
  readonly inputKnownFrom: number | null;
};

/** Decides a batch in record order against the locked state. Pure, because the store may call it again with a fresh state. */
export const decideBatch = ({
  entries,
  state,
  partition,
  codec,
  sourceOf,
  inputKnownFrom,
}: UndecidedBatch): BatchDecision => {
  const channels = createWorkingChannels(state);
  const claimed = new Map<string, Buffer>();
  const decisions: NewDecision[] = [];
  const duplicates: SeenAgain[] = [];

  const past: Past = {
    contentOf: (entry) => knownContent(entry, state, claimed, partition, sourceOf),
    channelOf: ({ command }) => channels.of(command.channelId),
    sourceOf: ({ offset }) => sourceOf(offset),
    claimed: ({ command, contentHash }, { decision }) => {
      decisions.push(decision);
      claimed.set(claimKey(command), contentHash);
    },
  };

  const owed = entries.map((entry): Owed => {
    const { record } = entry;
    // Look up the source position first (stored decisions know their source, R3 of docs/adr/0002-six-rules-for-effectively-once.md): a
    // decision of an older version stands.
    const owner = state.commandAt(record.offset);
    if (owner !== undefined && !mayBeOwn(entry, owner, inputKnownFrom))
      throw otherCommand(sourceOf(record.offset), owner);
    const stored = state.emitted(record.offset);
    if (stored !== undefined) {
      if (entry.kind === 'poison') throw noLongerDecodable(sourceOf(record.offset), entry.poison);
      return owedRedelivery(record, entry.command, stored, state.writtenWith(record.offset));
    }
    const owed = decideRecord(entry, past, codec);
    if (owed.kind === 'nothing' && entry.kind === 'valid') {
      const { channelId, commandId } = entry.command;
      duplicates.push({ channelId, commandId, offset: record.offset });
    }
    return owed;
  });

  return { owed, decisions, duplicates, ledgers: channels.changed() };
};

/** The content hash of the earlier command that claimed the entry's command id, in this batch or before it; undefined if there is none. */
const knownContent = (
  { record, command }: ValidEntry,
  state: BatchState,
  claimed: ReadonlyMap<string, Buffer>,
  partition: number,
  sourceOf: (offset: number) => string,
): Buffer | undefined => {
  const stored = state.decision(command);
  if (stored !== undefined && stored.partition === partition && stored.offset === record.offset) {
    // The lookup by position found no bodies, so they were deleted. Treating the record as a duplicate would lose its events.
    throw new Failure(
      'fatal',
      'STORED_EVENTS_GONE',
      `the decision on ${sourceOf(record.offset)} is stored, but decision_event lacks its events: restore these rows from a backup`,
    );
  }
  return stored?.contentHash ?? claimed.get(claimKey(command));
};

const claimKey = ({ channelId, commandId }: RunCloseRequested): string => idPair(channelId, commandId);

/** Only commands that claimed their id are stored, so the event ids derive from the command. */
const owedRedelivery = (
  record: InputRecord,
  command: RunCloseRequested,
  bodies: Bodies,
  writtenWith: Fingerprints,
): Owed => ({
  kind: 'events',
  outcome: 'redelivered',
  record,
  command,
  bodies,
  writtenWith,
  eventIds: Object.fromEntries(
    (Object.keys(bodies) as EventType[]).map((type) => [type, eventIdOfCommand(command, type)]),
  ),
});

/** A position alone proves nothing: the topic may have been deleted and created again. */
const mayBeOwn = (entry: Entry, owner: StoredCommand, inputKnownFrom: number | null): boolean => {
  if (entry.kind === 'poison') return !wasNeverDecodable(entry.poison);
  const isKnown = inputKnownFrom !== null && entry.record.offset >= inputKnownFrom;
  return isOwnDecision(owner, entry.command, isKnown ? 'same topic' : 'perhaps another topic');
};

const otherCommand = (source: string, { channelId, commandId }: StoredCommand): Failure =>
  new Failure(
    'fatal',
    'STORED_COMMAND_DIFFERS',
    `${source} is not the record that was decided at this position (command ${commandId} of channel ${channelId}): ` +
      'the topic was replaced by another one. Set a new TOPIC_PREFIX in every service and run `runclose setup`; the ledgers are kept',
  );

/** Transient: the record was decided once, so the registry has lost a schema that it knew and may get back. */
export const noLongerDecodable = (source: string, poison: Poison): Failure =>
  new Failure(
    'transient',
    'SCHEMA_LOST',
    `${source} was decided before but can no longer be decoded: ${poison.message}`,
    // Local, because it is thrown inside a database call although the database is well.
    { scope: 'local' },
  );
