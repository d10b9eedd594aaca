import type { Fault } from './fault.ts';

const LOCK = `
  SELECT channel_id FROM runclose.channel_ledger ORDER BY md5(channel_id || $1) LIMIT 12 FOR UPDATE`;

export const lockLedgers: Fault = {
  kind: 'lock-ledgers',
  title: 'ledgers locked by somebody else for 4 to 15 s',
  runs: 'alone',
  inject: ({ sql, pause }, random) =>
    sql(async (client) => {
      await client.query('BEGIN');
      const { rowCount } = await client.query(LOCK, [String(random.next())]);
      await pause(4 + 11 * random.next());
      await client.query('ROLLBACK');
      if (rowCount === 0) throw new Error('there was no ledger to lock');
    }),
};
