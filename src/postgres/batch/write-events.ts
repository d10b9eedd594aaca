import { sql, type FragmentSqlToken } from 'slonik';
import type { NewDecision } from '../../processor/ports/decision-store.ts';
import { textArray } from '../binary-arrays.ts';
import { BODY_COLUMNS, bodyArrays } from '../bodies.ts';

/** `stored_at` defaults to the transaction's time, here and in `decision`. So a decision knows which day's partition holds its bodies. */
export const insertEvents = (decisions: readonly NewDecision[]): FragmentSqlToken => sql.fragment`
  INSERT INTO decision_event (${EVENT_COLUMNS}) SELECT * FROM unnest(${eventArrays(decisions)})`;

export const EVENT_COLUMNS = sql.fragment`channel_id, command_id, ${BODY_COLUMNS}`;

/** One array for each column, for `unnest`. */
export const eventArrays = (decisions: readonly NewDecision[]): FragmentSqlToken => sql.fragment`
    ${textArray(decisions.map((decision) => decision.channelId))}::text[],
    ${textArray(decisions.map((decision) => decision.commandId))}::text[],
    ${bodyArrays(decisions.map(({ bodies }) => bodies))}`;
