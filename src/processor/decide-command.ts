import { decide } from '../domain/decide.ts';
import {
  invalidCommand,
  reusedCommandId,
  runCloseRejected,
  runClosed,
  runSummary,
} from '../domain/events.ts';
import { evolve } from '../domain/ledger.ts';
import type { RunClosed, RunCloseRejected } from '../domain/records.ts';
import { firstDifference } from './content-marks.ts';
import { eventIdOfCommand, eventIdOfSource } from './event-identity.ts';
import { Failure } from './failure.ts';
import type { Bodies, NewDecision } from './ports/decision-store.ts';
import type { EventType } from '../wire/event-types.ts';
import type { RecordCodec } from './ports/record-codec.ts';
import type { Entry, ValidEntry } from './read-batch.ts';
import type { WorkingChannel } from './working-channels.ts';

/** The event id inside each body. */
export type EventIds = Partial<Readonly<Record<EventType, string>>>;

export type DecidingCodec = Pick<RecordCodec, 'encode'>;

export type DecidedCommand = {
  readonly decision: NewDecision;
  readonly eventIds: EventIds;
  /** The `run.closed` event; null if the command was rejected. */
  readonly closed: RunClosed | null;
};

/** Decides a command that claims its id, and applies the decision to its channel. */
export const decideCommand = (
  entry: ValidEntry,
  channel: WorkingChannel,
  codec: DecidingCodec,
): DecidedCommand => {
  const { record, command } = entry;
  const { channelId, commandId, runId } = command;
  const { policy, ledger } = channel;
  const decision = decide({ ledger, policy, closedBy: channel.closedBy(runId) }, command);
  const { offset } = record;
  const { contentHash } = entry;
  const policyVersion = policy.version;

  if (decision.kind === 'rejected') {
    const rejectedId = eventIdOfCommand(command, 'run.close.rejected');
    return {
      decision: {
        channelId,
        commandId,
        runId,
        offset,
        contentHash,
        policyVersion,
        outcome: 'rejected',
        reason: decision.reason,
        sequence: null,
        runnerUserId: null,
        revision: channel.reject(),
        bodies: {
          'run.close.rejected': codec.encode(
            'run.close.rejected',
            runCloseRejected(command, decision, rejectedId),
          ),
        },
      },
      eventIds: { 'run.close.rejected': rejectedId },
      closed: null,
    };
  }

  const closedId = eventIdOfCommand(command, 'run.closed');
  const summaryId = eventIdOfCommand(command, 'run.summary');
  const closed = runClosed(command, decision, closedId);
  const summary = runSummary(command, closed, policy, summaryId);
  const change = evolve(ledger, closed);
  if (change === null)
    throw new Failure('fatal', 'SEQUENCE_NOT_NEW', `run ${String(closed.sequence)} was already folded`);
  return {
    // Fields are written one by one: object spread allocated 2 KB here that outlived the young generation.
    decision: {
      channelId,
      commandId,
      runId,
      offset,
      contentHash,
      policyVersion,
      outcome: 'closed',
      reason: closed.fairness.reason,
      sequence: closed.sequence,
      runnerUserId: closed.runner.userId,
      revision: channel.close(runId, { commandId, runnerUserId: closed.runner.userId }, change),
      bodies: {
        'run.closed': codec.encode('run.closed', closed),
        'run.summary': codec.encode('run.summary', summary),
      },
    },
    eventIds: { 'run.closed': closedId, 'run.summary': summaryId },
    closed,
  };
};

export type UnstoredRejection = { readonly bodies: Bodies; readonly eventIds: EventIds };

/** An invalid command claims no id, so its rejection is not stored. */
export const rejectInvalid = (
  { command, fault }: Extract<Entry, { kind: 'invalid' }>,
  source: string,
  codec: DecidingCodec,
): UnstoredRejection => unstored(source, codec, (eventId) => invalidCommand(command, { fault, eventId }));

/** @param claimed the content hash of the command that claimed the id first */
export const rejectReused = (
  { command, contentHash }: ValidEntry,
  claimed: Buffer,
  source: string,
  codec: DecidingCodec,
): UnstoredRejection =>
  unstored(source, codec, (eventId) =>
    reusedCommandId(command, firstDifference(claimed, contentHash), eventId),
  );

const unstored = (
  source: string,
  codec: DecidingCodec,
  rejection: (eventId: string) => RunCloseRejected,
): UnstoredRejection => {
  const type = 'run.close.rejected';
  const eventId = eventIdOfSource(source, type);
  return { bodies: { [type]: codec.encode(type, rejection(eventId)) }, eventIds: { [type]: eventId } };
};
