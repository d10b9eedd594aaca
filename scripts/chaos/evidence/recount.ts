/**
 * The oracle of the chaos checker and of the tests: it works out the outcome that each record of the input must have, from the first record
 * on, under the default policy. It uses the product's rules (`src/domain`), but not the code with which the processor, the store or a
 * replay handles records.
 */
import { DEFAULT_CHANNEL_POLICY } from '../../../src/domain/channel-policy.ts';
import { decide, type Decision } from '../../../src/domain/decide.ts';
import {
  invalidCommand,
  reusedCommandId,
  runCloseRejected,
  runClosed,
  runSummary,
} from '../../../src/domain/events.ts';
import { EMPTY_HEAD, evolve, type LedgerHead, type Member } from '../../../src/domain/ledger.ts';
import type {
  RunClosed,
  RunCloseRejected,
  RunCloseRequested,
  RunSummary,
} from '../../../src/domain/records.ts';
import type { ClosedBy } from '../../../src/domain/rejection.ts';
import { firstFault } from '../../../src/domain/validate.ts';
import { eventIdOfCommand, eventIdOfSource } from '../../../src/processor/event-identity.ts';
import { FRAME_LENGTH, schemas } from './frames.ts';

export type RecountedOutcome =
  | { readonly kind: 'closed'; readonly closed: RunClosed; readonly summary: RunSummary }
  /** `claimed`: the command takes its id, and the decision is stored. */
  | { readonly kind: 'rejected'; readonly rejected: RunCloseRejected; readonly claimed: boolean }
  | { readonly kind: 'dead letter' }
  | { readonly kind: 'duplicate' };

export type RecountedLedger = {
  head: LedgerHead;
  readonly members: Map<string, Member>;
  /** Raised by every decision. */
  revision: number;
  /** By run, the command that closed it. */
  readonly closedBy: Map<string, ClosedBy>;
  /** By command id, what the command said. */
  readonly claims: Map<string, string>;
};

type InputRecord = { readonly key: Buffer | null; readonly value: Buffer | null };

/**
 * Call the function for each record, in order: the commands of a channel must be in one partition.
 *
 * @param schemaIds those that commands may be written with
 * @param ledgers the result of a former input; this function changes them
 */
export const createRecount =
  (schemaIds: ReadonlySet<number>, ledgers: Map<string, RecountedLedger>) =>
  (record: InputRecord, source: string): RecountedOutcome => {
    const command = commandIn(record, schemaIds);
    if (command === null) return { kind: 'dead letter' };
    const rejectionId = eventIdOfSource(source, 'run.close.rejected');
    const fault = firstFault(command, record.key?.toString('utf8') ?? null);
    if (fault !== null) return unclaimed(invalidCommand(command, { fault, eventId: rejectionId }));

    const ledger = ledgerOf(command.channelId, ledgers);
    const content = JSON.stringify({ ...command, requestedAt: null, correlationId: null });
    const claim = ledger.claims.get(command.commandId);
    if (claim === content) return { kind: 'duplicate' };
    if (claim !== undefined)
      return unclaimed(reusedCommandId(command, differenceOf(claim, content), rejectionId));

    ledger.claims.set(command.commandId, content);
    ledger.revision += 1;
    const closedBy = ledger.closedBy.get(command.runId);
    const decision = decide({ ledger, policy: DEFAULT_CHANNEL_POLICY, closedBy }, command);
    if (decision.kind === 'closed') return close(command, decision, ledger);
    const eventId = eventIdOfCommand(command, 'run.close.rejected');
    return { kind: 'rejected', rejected: runCloseRejected(command, decision, eventId), claimed: true };
  };

/** The first field, in schema order, that differs between two contents (JSON). */
const differenceOf = (a: string, b: string): keyof RunCloseRequested => {
  const [claimed, own] = [a, b].map((json) => JSON.parse(json) as RunCloseRequested) as [
    RunCloseRequested,
    RunCloseRequested,
  ];
  const fields = Object.keys(own) as (keyof RunCloseRequested)[];
  return fields.find((field) => JSON.stringify(claimed[field]) !== JSON.stringify(own[field])) ?? 'orders';
};

const commandIn = ({ value }: InputRecord, schemaIds: ReadonlySet<number>): RunCloseRequested | null => {
  if (value === null || value.length < FRAME_LENGTH || value[0] !== 0) return null;
  if (!schemaIds.has(value.readInt32BE(1))) return null;
  try {
    return schemas['run.close.requested'].type.fromBuffer(value.subarray(FRAME_LENGTH)) as RunCloseRequested;
  } catch {
    return null;
  }
};

const unclaimed = (rejected: RunCloseRejected): RecountedOutcome => ({
  kind: 'rejected',
  rejected,
  claimed: false,
});

const close = (
  command: RunCloseRequested,
  decision: Extract<Decision, { kind: 'closed' }>,
  ledger: RecountedLedger,
): RecountedOutcome => {
  const closed = runClosed(command, decision, eventIdOfCommand(command, 'run.closed'));
  const summaryId = eventIdOfCommand(command, 'run.summary');
  const summary = runSummary(command, closed, DEFAULT_CHANNEL_POLICY, summaryId);
  const change = evolve(ledger, closed);
  if (change === null) throw new Error(`folding ${command.commandId}: its sequence is not new`);
  ledger.head = change.head;
  for (const member of change.members) ledger.members.set(member.userId, member);
  ledger.closedBy.set(command.runId, {
    commandId: command.commandId,
    runnerUserId: closed.runner.userId,
  });
  return { kind: 'closed', closed, summary };
};

const ledgerOf = (channelId: string, ledgers: Map<string, RecountedLedger>): RecountedLedger => {
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
