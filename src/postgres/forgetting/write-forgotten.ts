import { sql, type FragmentSqlToken } from 'slonik';
import type { Bodies } from '../../processor/ports/decision-store.ts';

import { textArray } from '../binary-arrays.ts';
import { BODY_COLUMNS, bodyArrays } from '../bodies.ts';
import type { Transaction } from '../pool.ts';
import type { ForgettingScope, Place } from './read-page.ts';

export type RewrittenBodies = Place & { readonly bodies: Bodies };

/** Writes the bodies and the mark together. If everybody's data is redacted, the mark names no people. */
export const writeForgotten = async (
  transaction: Transaction,
  scope: ForgettingScope,
  rewritten: readonly RewrittenBodies[],
): Promise<void> => {
  await transaction.query(sql.unsafe`
    UPDATE decision_event e
    SET closed = f.closed, summary = f.summary, rejected = f.rejected, packed = f.packed,
        forgotten_at = now(), forgotten_user_ids = ${forgottenUserIds(scope)}
    FROM unnest(
      ${textArray(rewritten.map((row) => row.channelId))}::text[],
      ${textArray(rewritten.map((row) => row.commandId))}::text[],
      ${textArray(rewritten.map((row) => row.storedAt))}::text[],
      ${bodyArrays(rewritten.map(({ bodies }) => bodies))}
    ) AS f (channel_id, command_id, stored_at, ${BODY_COLUMNS})
    WHERE e.channel_id = f.channel_id AND e.command_id = f.command_id AND e.stored_at = f.stored_at::timestamptz`);
};

const forgottenUserIds = (scope: ForgettingScope): FragmentSqlToken => {
  switch (scope.kind) {
    case 'expired':
      return sql.fragment`NULL`;
    case 'person':
      return sql.fragment`array_append(coalesce(e.forgotten_user_ids, '{}'), ${scope.userId})`;
  }
};
