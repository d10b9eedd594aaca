import { type ChannelPolicy, DEFAULT_CHANNEL_POLICY } from '../../src/domain/channel-policy.ts';
import { type Closed, decide, type Decision } from '../../src/domain/decide.ts';
import { applyChange, EMPTY_LEDGER, evolve, type Ledger, type Member } from '../../src/domain/ledger.ts';
import type { RunCloseRequested } from '../../src/domain/records.ts';

/** A channel whose runs are closed one after another, each on the ledger that the earlier runs have left. */
export const createChannel = (policy: Partial<ChannelPolicy> = {}, before: Ledger = EMPTY_LEDGER) => {
  const settings = { ...DEFAULT_CHANNEL_POLICY, ...policy };
  let ledger = before;
  const preview = (command: RunCloseRequested): Decision =>
    decide({ ledger, policy: settings, closedBy: undefined }, command);
  const close = (command: RunCloseRequested): Decision => {
    const decision = preview(command);
    if (decision.kind === 'closed') ledger = folded(ledger, decision);
    return decision;
  };
  return { preview, close, ledger: () => ledger };
};

/** The decision as a closed run; throws if it is none. */
export const closedOf = (decision: Decision): Closed => {
  if (decision.kind === 'rejected') throw new Error(`refused: ${decision.reason}: ${decision.message}`);
  return decision;
};

/** The ledger after a further event. */
export const folded = (ledger: Ledger, event: Closed): Ledger => {
  const change = evolve(ledger, event);
  if (change === null) throw new Error(`run ${String(event.sequence)} was already folded`);
  return applyChange(ledger, change);
};

/** A ledger after one run for each of `runners`, in this order. Given fields of a member are taken unchanged. */
export const aLedger = (
  runners: readonly string[],
  members: Readonly<Record<string, Partial<Member>>> = {},
): Ledger => ({
  head: {
    sequence: runners.length,
    previousRunner: runners.at(-1) ?? null,
    ring: runners.slice(-64),
  },
  members: new Map(
    [...new Set([...runners, ...Object.keys(members)])].map((userId) => [
      userId,
      {
        userId,
        balance: 0,
        served: runners.filter((runner) => runner === userId).length,
        attended: runners.length,
        lastServedSequence: runners.includes(userId) ? runners.lastIndexOf(userId) + 1 : null,
        lastSeenSequence: runners.length === 0 ? null : runners.length,
        ...members[userId],
      },
    ]),
  ),
});
