import { bodyHash } from '../../processor/body-hash.ts';
import type { Bodies, NewDecision } from '../../processor/ports.ts';
import { sourceOf, type Redecided } from '../decider.ts';
import type { StoredDecision } from '../ports.ts';
import { idsOf } from './compare-events.ts';
import type { Divergence } from './divergence.ts';
import { firstDifference } from './first-difference.ts';

/** Magic byte and schema id. */
const WIRE_FORMAT_BYTES = 5;

/** What is wrong with the stored decision of a command; null where it is as it should be. */
export const compareDecision = (
  redecided: Redecided,
  stored: StoredDecision | undefined,
): Divergence | null => {
  const about = { ...idsOf(redecided), source: sourceOf(redecided.step.record), where: 'decision' };
  const { decision } = redecided;
  if (decision === null) {
    return stored === undefined ? null : unexpected(stored, about.source);
  }
  if (stored === undefined)
    return { code: 'DECISION_MISSING', ...about, field: 'row', expected: 'one', found: 'none' };
  const difference =
    firstDifference(factsOf(decision), factsOf(stored)) ?? bodiesDifference(redecided, decision, stored);
  return difference === null ? null : { code: 'DECISION_ALTERED', ...about, ...difference };
};

/** A stored decision for which no record of the input stands. */
export const unexpected = ({ channelId, commandId, runId }: StoredDecision, source: string): Divergence => ({
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

/** The bodies are the events' own, also where an older version of the schema has written them. */
const bodiesDifference = ({ step }: Redecided, { bodies }: NewDecision, stored: StoredDecision) => {
  const emitted = Object.fromEntries(
    step.emitted.flatMap(({ kind, record }) =>
      kind === 'dead-letter' || record.value === null
        ? []
        : [[kind, record.value.subarray(WIRE_FORMAT_BYTES)]],
    ),
  ) as Bodies;
  const accepted = [bodies, emitted].find((each) => bodyHash(each).equals(stored.bodyHash));
  if (accepted === undefined)
    return firstDifference({ bodyHash: bodyHash(bodies) }, { bodyHash: stored.bodyHash });
  return Object.keys(stored.bodies).length === 0 ? null : firstDifference(accepted, stored.bodies, 'bodies');
};
