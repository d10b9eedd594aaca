import type { ChannelPolicy } from './channel-policy.ts';
import { chargesOf } from './charges.ts';
import { explain } from './explanation.ts';
import { type LedgerLookup, UNIT } from './ledger.ts';
import { lineUp } from './line-up.ts';
import { type Participant, participantsOf } from './participants.ts';
import { keyOrder, POLICIES } from './policies.ts';
import { reasonOf } from './reason.ts';
import type { Fairness, RankingEntry, RunCloseRequested, Runner } from './records.ts';
import { type ClosedBy, rejectionBeforeOrders, rejectWithoutRunner, type Rejected } from './rejection.ts';

/** Everything that a decision depends on besides the command: no clock, no randomness, no I/O. */
export type Situation = {
  readonly ledger: LedgerLookup;
  readonly policy: ChannelPolicy;
  /** Undefined while the run is open. */
  readonly closedBy: ClosedBy | undefined;
};

export type Closed = {
  readonly kind: 'closed';
  /** This is the n-th run closed in the channel, from 1. */
  readonly sequence: number;
  readonly runner: Runner;
  readonly fairness: Fairness;
};

export type Decision = Closed | Rejected;

/** Decides a valid command: closes the run and ranks everybody, or rejects the command. The command must have passed `firstFault`. */
export const decide = ({ ledger, policy, closedBy }: Situation, command: RunCloseRequested): Decision => {
  const rejection = rejectionBeforeOrders(policy, closedBy, command);
  if (rejection !== null) return rejection;

  const rules = POLICIES[policy.policy];
  const participants = participantsOf(ledger, policy.windowRuns, command.orders);
  const line = lineUp(participants, keyOrder(rules, command.runId), {
    repeat: policy.repeat,
    repeatAllowed: command.allowConsecutiveRunner,
    previousRunner: ledger.head.previousRunner,
  });
  const [runner] = line.eligible;
  if (runner === undefined) return rejectWithoutRunner(policy, command);

  const sequence = ledger.head.sequence + 1;
  const reason = reasonOf(rules, line, runner);
  const entryOf = createEntries(chargesOf(rules, participants, runner));
  const ranking: [RankingEntry, ...RankingEntry[]] = [entryOf(runner, 1, 'NONE')];
  for (const other of line.eligible)
    if (other !== runner) ranking.push(entryOf(other, ranking.length + 1, 'NONE'));
  if (line.held !== undefined) ranking.push(entryOf(line.held, null, 'PREVIOUS_RUNNER'));
  for (const participant of line.unable) ranking.push(entryOf(participant, null, 'CANNOT_RUN'));
  const { userId, slackUserId, displayName } = runner.order;
  return {
    kind: 'closed',
    sequence,
    runner: { userId, slackUserId, displayName },
    fairness: {
      policy: policy.policy,
      policyVersion: policy.version,
      windowRuns: policy.windowRuns,
      repeat: policy.repeat,
      repeatAllowed: command.allowConsecutiveRunner,
      unit: UNIT,
      reason,
      explanation: explain({
        sequence,
        policy: policy.policy,
        windowRuns: policy.windowRuns,
        reason,
        ranking,
      }),
      ranking,
    },
  };
};

export const EXCLUSIONS = ['NONE', 'PREVIOUS_RUNNER', 'CANNOT_RUN'] as const;
type Exclusion = (typeof EXCLUSIONS)[number];

const createEntries =
  (chargeOf: (participant: Participant) => number) =>
  (participant: Participant, rank: number | null, exclusion: Exclusion): RankingEntry => ({
    rank,
    userId: participant.userId,
    displayName: participant.order.displayName,
    quantity: participant.order.quantity,
    served: participant.served,
    servedInWindow: participant.servedInWindow,
    balance: participant.balance,
    charge: chargeOf(participant),
    lastServedSequence: participant.lastServedSequence,
    exclusion,
  });
