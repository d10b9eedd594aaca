import { sql, type FragmentSqlToken } from 'slonik';
import type { EventType } from '../../wire/event-types.ts';
import type { NewDecision } from '../../processor/ports/decision-store.ts';
import { byteaArray, textArray } from '../binary-arrays.ts';
import type { Transaction } from '../pool.ts';

/** `stored_at` is the transaction's time by default, here and in `decision`: that is how a row finds its day again. */
export const writeEvents = async (
  transaction: Transaction,
  decisions: readonly NewDecision[],
): Promise<void> => {
  await transaction.query(sql.unsafe`
    INSERT INTO decision_event (${EVENT_COLUMNS}) SELECT * FROM unnest(${eventArrays(decisions)})`);
};

export const EVENT_COLUMNS = sql.fragment`channel_id, command_id, closed, summary, rejected`;

/** One array a column, for `unnest`. */
export const eventArrays = (decisions: readonly NewDecision[]): FragmentSqlToken => {
  const bodies = (type: EventType) => byteaArray(decisions.map((decision) => decision.bodies[type] ?? null));
  return sql.fragment`
    ${textArray(decisions.map((decision) => decision.channelId))}::text[],
    ${textArray(decisions.map((decision) => decision.commandId))}::text[],
    ${bodies('run.closed')}::bytea[],
    ${bodies('run.summary')}::bytea[],
    ${bodies('run.close.rejected')}::bytea[]`;
};
