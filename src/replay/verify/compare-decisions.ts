import { bodyHash } from '../../processor/body-hash.ts';
import type { Bodies, NewDecision } from '../../processor/ports/decision-store.ts';
import type { EventType } from '../../wire/event-types.ts';
import type { Redecided } from '../decider.ts';
import { positionText } from '../../wire/position.ts';
import type { DecisionPlace, ForgetIn, Forgotten, StoredDecision } from '../ports.ts';
import { idsOf } from './compare-events.ts';
import type { Divergence } from './divergence.ts';
import { firstDifference } from './first-difference.ts';
import { HEADER_LENGTH } from '../../wire/frame.ts';

/** The difference between the stored decision on a command and the expected one; null if there is none. */
export const compareDecision = (
  redecided: Redecided,
  stored: StoredDecision | undefined,
  forget: ForgetIn,
): Divergence | null => {
  const about = { ...idsOf(redecided), source: positionText(redecided.step.record), where: 'decision' };
  const { decision } = redecided;
  if (decision === null) {
    return stored === undefined ? null : unexpected(stored, about.source);
  }
  if (stored === undefined)
    return { code: 'DECISION_MISSING', ...about, field: 'row', expected: 'one', found: 'none' };
  const difference =
    firstDifference(factsOf(decision), factsOf(stored)) ??
    bodiesDifference(redecided, decision, stored, forget);
  return difference === null ? null : { code: 'DECISION_ALTERED', ...about, ...difference };
};

/** A stored decision without a record in the input. */
export const unexpected = ({ channelId, commandId, runId }: DecisionPlace, source: string): Divergence => ({
  code: 'DECISION_UNEXPECTED',
  channelId,
  commandId,
  runId,
  source,
  where: 'decision',
  field: 'row',
  expected: 'none',
  found: 'one',
});

const factsOf = (decision: NewDecision | StoredDecision) => ({
  channelId: decision.channelId,
  commandId: decision.commandId,
  runId: decision.runId,
  outcome: decision.outcome,
  reason: decision.reason,
  sequence: decision.sequence,
  runnerUserId: decision.runnerUserId,
  policyVersion: decision.policyVersion,
  revision: decision.revision,
  contentHash: decision.contentHash,
});

/**
 * Accepts the bodies that this version would write, and those of the emitted events, which another version of the schema may have written.
 * If the stored bodies were redacted, compares them with a redacted copy; the stored hash is still that of the original bodies.
 */
const bodiesDifference = (
  { step }: Redecided,
  { bodies }: NewDecision,
  stored: StoredDecision,
  forget: ForgetIn,
) => {
  const emitted = Object.fromEntries(
    step.emitted.flatMap(({ kind, record }) =>
      kind === 'dead-letter' || record.value === null ? [] : [[kind, record.value.subarray(HEADER_LENGTH)]],
    ),
  ) as Bodies;
  const accepted = [bodies, emitted].find((each) => bodyHash(each).equals(stored.bodyHash));
  if (accepted === undefined)
    return firstDifference({ bodyHash: bodyHash(bodies) }, { bodyHash: stored.bodyHash });
  if (Object.keys(stored.bodies).length === 0) return null;
  const expected = stored.forgotten === null ? accepted : redacted(accepted, stored.forgotten, forget);
  return expected === null ? null : firstDifference(expected, stored.bodies, 'bodies');
};

/** Null if another version of the schema wrote a body: then only the hash is compared. */
const redacted = (bodies: Bodies, whose: Forgotten, forget: ForgetIn): Bodies | null => {
  const left = Object.entries(bodies).map(([type, body]) => [type, forget(type as EventType, body, whose)]);
  return left.some(([, body]) => body === null) ? null : (Object.fromEntries(left) as Bodies);
};
