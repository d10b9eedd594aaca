import { sql, type FragmentSqlToken } from 'slonik';
import { bodyHash } from '../../processor/body-hash.ts';
import type { EventType } from '../../wire/event-types.ts';
import type { NewDecision } from '../../processor/ports/decision-store.ts';
import { bigintArray, byteaArray, integerArray, textArray } from '../binary-arrays.ts';
import { fingerprintColumn } from '../bodies.ts';

export const insertDecisions = (
  sourceId: number,
  decisions: readonly NewDecision[],
  fingerprint: (type: EventType) => Buffer,
): FragmentSqlToken => sql.fragment`
  INSERT INTO decision (source_id, ${DECISION_COLUMNS})
  SELECT ${sourceId}::integer, d.* FROM unnest(${decisionArrays(decisions, fingerprint)}) AS d`;

/** The columns of a decision, except its source id and the time when it was stored. */
export const DECISION_COLUMNS = sql.fragment`
  source_offset, sequence, revision, policy_version, outcome, reason, channel_id, command_id, run_id, runner_user_id,
  content_hash, body_hash, schema_fingerprint`;

/** One array for each column, for `unnest`. */
export const decisionArrays = (
  decisions: readonly NewDecision[],
  fingerprint: (type: EventType) => Buffer,
): FragmentSqlToken => {
  const ours = {
    closed: fingerprintColumn('closed', fingerprint),
    rejected: fingerprintColumn('rejected', fingerprint),
  };
  const writersOf = ({ outcome, writtenWith }: NewDecision): Buffer =>
    writtenWith === undefined
      ? ours[outcome]
      : fingerprintColumn(outcome, (type) => writtenWith[type] ?? fingerprint(type));
  const texts = (of: (decision: NewDecision) => string | null) => textArray(decisions.map(of));
  const bigints = (of: (decision: NewDecision) => number | null) => bigintArray(decisions.map(of));
  const bytes = (of: (decision: NewDecision) => Buffer) => byteaArray(decisions.map(of));
  return sql.fragment`
    ${bigints((decision) => decision.offset)}::bigint[],
    ${bigints((decision) => decision.sequence)}::bigint[],
    ${bigints((decision) => decision.revision)}::bigint[],
    ${integerArray(decisions.map((decision) => decision.policyVersion))}::integer[],
    ${texts((decision) => decision.outcome)}::text[],
    ${texts((decision) => decision.reason)}::text[],
    ${texts((decision) => decision.channelId)}::text[],
    ${texts((decision) => decision.commandId)}::text[],
    ${texts((decision) => decision.runId)}::text[],
    ${texts((decision) => decision.runnerUserId)}::text[],
    ${bytes((decision) => decision.contentHash)}::bytea[],
    ${bytes(({ bodies }) => bodyHash(bodies))}::bytea[],
    ${bytes(writersOf)}::bytea[]`;
};
