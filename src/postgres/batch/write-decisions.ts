import { hash } from 'node:crypto';
import { sql } from 'slonik';
import type { EventType, NewDecision } from '../../processor/ports.ts';
import { bigintArray, byteaArray, integerArray, textArray } from '../binary-arrays.ts';
import type { Transaction } from '../pool.ts';

export const writeDecisions = async (
  transaction: Transaction,
  sourceId: number,
  decisions: readonly NewDecision[],
  fingerprint: (type: EventType) => Buffer,
): Promise<void> => {
  const closed = Buffer.concat([fingerprint('run.closed'), fingerprint('run.summary')]);
  const rejected = fingerprint('run.close.rejected');
  const texts = (of: (decision: NewDecision) => string | null) => textArray(decisions.map(of));
  const bigints = (of: (decision: NewDecision) => number | null) => bigintArray(decisions.map(of));
  const bytes = (of: (decision: NewDecision) => Buffer) => byteaArray(decisions.map(of));

  await transaction.query(sql.unsafe`
    INSERT INTO decision (
      source_id, source_offset, sequence, revision, policy_version, outcome, reason, channel_id, command_id, run_id,
      runner_user_id, content_hash, body_hash, schema_fingerprint)
    SELECT ${sourceId}::integer, d.*
    FROM unnest(
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
      ${bytes(bodyHash)}::bytea[],
      ${bytes(({ outcome }) => (outcome === 'closed' ? closed : rejected))}::bytea[]
    ) AS d`);
};

/** Each body tells its own end, so one hash over both is as good as two. */
const bodyHash = ({ bodies }: NewDecision): Buffer => {
  const present = [bodies['run.closed'], bodies['run.summary'], bodies['run.close.rejected']].filter(
    (body) => body !== undefined,
  );
  return hash('sha256', Buffer.concat(present), 'buffer');
};
