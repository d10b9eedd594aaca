import { sql } from 'slonik';
import { z } from 'zod';
import type { Divergence } from '../../replay/verify/divergence.ts';
import { firstDifference } from '../../replay/verify/first-difference.ts';
import { withPostgresFailure } from '../failures.ts';
import type { LeaseScope } from '../lease/lease-scope.ts';
import type { Database } from '../pool.ts';

/** The number of offsets that one query compares. */
const WINDOW = 10_000;

export type ComparedRange = {
  readonly partition: number;
  readonly from: number;
  readonly to: number;
  /** The only channel to compare; null: all channels. */
  readonly channelId: string | null;
};

/** Yields the differences between stored and rebuilt decisions on one partition's commands with `from` ≤ offset < `to`. */
export async function* compareStored(
  shadow: Database,
  { clusterId, topic }: LeaseScope,
  { partition, from, to, channelId }: ComparedRange,
): AsyncGenerator<readonly Divergence[], void, undefined> {
  const sourceId = await withPostgresFailure('looking for the position of a rebuilt partition', () =>
    shadow.oneFirst(sql.type(z.object({ source_id: z.number() }))`
      SELECT source_id FROM partition_lease
      WHERE cluster_id = ${clusterId} AND topic = ${topic} AND partition = ${partition}`),
  );
  const columns = sql.fragment`
    source_offset, channel_id, command_id, run_id, outcome, reason, sequence, runner_user_id, policy_version, revision,
    encode(content_hash, 'hex') AS content_hash, encode(body_hash, 'hex') AS body_hash`;
  for (let begin = from; begin < to; begin += WINDOW) {
    const end = Math.min(begin + WINDOW, to);
    const window = sql.fragment`
      WHERE source_id = ${sourceId} AND source_offset >= ${begin} AND source_offset < ${end}
        AND (${channelId}::text IS NULL OR channel_id = ${channelId})`;
    const rows = await withPostgresFailure(
      `comparing decisions of ${topic}/${String(partition)} at ${String(begin)}`,
      () =>
        shadow.any(sql.type(differenceRow)`
        SELECT to_jsonb(r) AS rebuilt, to_jsonb(s) AS stored
        FROM (SELECT ${columns} FROM decision ${window}) AS r
        FULL JOIN (SELECT ${columns} FROM runclose.decision ${window}) AS s USING (source_offset)
        WHERE r IS DISTINCT FROM s
        ORDER BY source_offset`),
    );
    yield rows.map(({ rebuilt, stored }) => divergenceOf(rebuilt, stored, `${topic}/${String(partition)}`));
  }
}

const decisionRow = z
  .object({
    source_offset: z.number(),
    channel_id: z.string(),
    command_id: z.string(),
    run_id: z.string(),
  })
  .passthrough();

const differenceRow = z.object({ rebuilt: decisionRow.nullable(), stored: decisionRow.nullable() });

type DecisionRow = z.infer<typeof decisionRow>;

const divergenceOf = (
  rebuilt: DecisionRow | null,
  stored: DecisionRow | null,
  partition: string,
): Divergence => {
  const row = rebuilt ?? stored;
  if (row === null) throw new RangeError('a difference of nothing');
  const common = {
    channelId: row.channel_id,
    runId: row.run_id,
    commandId: row.command_id,
    source: `${partition}/${String(row.source_offset)}`,
    where: 'decision',
  };
  if (stored === null)
    return { code: 'DECISION_MISSING', ...common, field: 'row', expected: 'one', found: 'none' };
  if (rebuilt === null)
    return { code: 'DECISION_UNEXPECTED', ...common, field: 'row', expected: 'none', found: 'one' };
  const difference = firstDifference(inCamelCase(rebuilt), inCamelCase(stored)) ?? {
    field: 'row',
    expected: 'one',
    found: 'another',
  };
  return { code: 'DECISION_ALTERED', ...common, ...difference };
};

/** Names the fields as `replay verify` does: `runnerUserId`. */
const inCamelCase = (row: DecisionRow): object =>
  Object.fromEntries(
    Object.entries(row).map(([column, value]) => [
      column.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase()),
      value,
    ]),
  );
