/**
 * The oracle: what the input must have led to, computed again from its first record on, alone, with the default policy. It
 * shares the rules with the product (`src/domain`) and nothing of how the product gets through its batches.
 */
import { DEFAULT_CHANNEL_POLICY } from '../../../src/domain/channel-policy.ts';
import { decide } from '../../../src/domain/decide.ts';
import type { Decision } from '../../../src/domain/decide.ts';
import {
  invalidCommand,
  reusedCommandId,
  runCloseRejected,
  runClosed,
  runSummary,
} from '../../../src/domain/events.ts';
import { EMPTY_HEAD, evolve } from '../../../src/domain/ledger.ts';
import type { LedgerHead, Member } from '../../../src/domain/ledger.ts';
import type { RunCloseRejected, RunCloseRequested } from '../../../src/domain/records.ts';
import type { ClosedBy } from '../../../src/domain/rejection.ts';
import { firstFault } from '../../../src/domain/validate.ts';
import { eventIdOfCommand, eventIdOfSource } from '../../../src/processor/event-identity.ts';
import type { LogRecord, Source } from './evidence.ts';
import { sourceAt } from './evidence.ts';
import { bodyOf, fingerprint, FRAME_LENGTH, schemas } from './events.ts';

/** Bodies by their fingerprints. */
export type FoldedOutcome =
  | { readonly kind: 'closed'; readonly closed: string; readonly summary: string }
  /** `claimed`: the command's id is taken from now on, and the decision is stored. */
  | {
      readonly kind: 'rejected';
      readonly rejected: string;
      readonly reason: string;
      readonly claimed: boolean;
    }
  | { readonly kind: 'dead letter' }
  | { readonly kind: 'duplicate' };

export type FoldedLedger = {
  head: LedgerHead;
  readonly members: Map<string, Member>;
  /** Raised by every decision. */
  revision: number;
  /** By run, the command that closed it. */
  readonly closedBy: Map<string, ClosedBy>;
  /** By command id, what the command said. */
  readonly claims: Map<string, string>;
};

export type Fold = {
  readonly outcomes: ReadonlyMap<Source, FoldedOutcome>;
  readonly ledgers: Map<string, FoldedLedger>;
};

export type FoldOptions = {
  readonly inputTopic: string;
  /** The schema ids that commands may be written with. */
  readonly schemaIds: ReadonlySet<number>;
};

/**
 * A channel's commands must be in one partition, whose records must be in order.
 *
 * @param ledgers the result of a former input; this function changes them
 */
export const foldInput = (
  input: readonly LogRecord[],
  { inputTopic, schemaIds }: FoldOptions,
  ledgers: Map<string, FoldedLedger> = new Map<string, FoldedLedger>(),
): Fold => {
  const outcomes = new Map<Source, FoldedOutcome>();
  for (const record of input) {
    const source = sourceAt(record.partition, record.offset);
    const command = commandIn(record, schemaIds);
    outcomes.set(
      source,
      command === null ? { kind: 'dead letter' } : fold(command, record, `${inputTopic}/${source}`, ledgers),
    );
  }
  return { outcomes, ledgers };
};

const commandIn = (record: LogRecord, schemaIds: ReadonlySet<number>): RunCloseRequested | null => {
  const { value } = record;
  if (value === null || value.length < FRAME_LENGTH || value[0] !== 0) return null;
  if (!schemaIds.has(value.readInt32BE(1))) return null;
  try {
    return schemas['run.close.requested'].type.fromBuffer(bodyOf(record)) as RunCloseRequested;
  } catch {
    return null;
  }
};

const fold = (
  command: RunCloseRequested,
  { key }: LogRecord,
  source: string,
  ledgers: Map<string, FoldedLedger>,
): FoldedOutcome => {
  const refuse = (rejection: (eventId: string) => RunCloseRejected): FoldedOutcome =>
    rejected(rejection(eventIdOfSource(source, 'run.close.rejected')), 'unclaimed');
  const fault = firstFault(command, key?.toString('utf8') ?? null);
  if (fault !== null) return refuse((eventId) => invalidCommand(command, fault, eventId));

  const ledger = ledgerOf(command.channelId, ledgers);
  const content = JSON.stringify({ ...command, requestedAt: null, correlationId: null });
  const claim = ledger.claims.get(command.commandId);
  if (claim === content) return { kind: 'duplicate' };
  if (claim !== undefined) return refuse((eventId) => reusedCommandId(command, eventId));

  ledger.claims.set(command.commandId, content);
  ledger.revision += 1;
  const closedBy = ledger.closedBy.get(command.runId);
  const decision = decide({ ledger, policy: DEFAULT_CHANNEL_POLICY, closedBy }, command);
  return decision.kind === 'rejected'
    ? rejected(
        runCloseRejected(command, decision, eventIdOfCommand(command, 'run.close.rejected')),
        'claimed',
      )
    : close(command, decision, ledger);
};

const close = (
  command: RunCloseRequested,
  decision: Extract<Decision, { kind: 'closed' }>,
  ledger: FoldedLedger,
): FoldedOutcome => {
  const closed = runClosed(command, decision, eventIdOfCommand(command, 'run.closed'));
  const summaryId = eventIdOfCommand(command, 'run.summary');
  const summary = runSummary(command, closed, DEFAULT_CHANNEL_POLICY, summaryId);
  const change = evolve(ledger, closed);
  if (change === null) throw new Error(`folding ${command.commandId}: its sequence is not new`);
  ledger.head = change.head;
  for (const member of change.members) ledger.members.set(member.userId, member);
  ledger.closedBy.set(command.runId, {
    commandId: command.commandId,
    runnerUserId: decision.runner.userId,
  });
  return {
    kind: 'closed',
    closed: fingerprint(schemas['run.closed'].type.toBuffer(closed)),
    summary: fingerprint(schemas['run.summary'].type.toBuffer(summary)),
  };
};

const rejected = (event: RunCloseRejected, id: 'claimed' | 'unclaimed'): FoldedOutcome => ({
  kind: 'rejected',
  rejected: fingerprint(schemas['run.close.rejected'].type.toBuffer(event)),
  reason: event.reason,
  claimed: id === 'claimed',
});

const ledgerOf = (channelId: string, ledgers: Map<string, FoldedLedger>): FoldedLedger => {
  const known = ledgers.get(channelId);
  if (known !== undefined) return known;
  const fresh = {
    head: EMPTY_HEAD,
    members: new Map(),
    revision: 0,
    closedBy: new Map(),
    claims: new Map(),
  };
  ledgers.set(channelId, fresh);
  return fresh;
};
