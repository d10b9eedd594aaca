/** Compares the rights of the processor's role with those that migrations/grants.sql gives. Changes nothing. */
import { sql } from 'slonik';
import { z } from 'zod';
import { withPostgresFailure } from './failures.ts';
import { readGrants } from './migration-files.ts';
import type { Database } from './pool.ts';

/** How `missingGrants` names the right to see the tables at all. */
export const SCHEMA_USAGE = 'USAGE on the schema runclose';

type TableRight = { readonly table: string; readonly privilege: string };

/**
 * The rights that the role of this connection lacks, such as `INSERT on decision`. Leaves out tables that do not exist. Null: the schema
 * does not exist.
 */
export const missingGrants = (pool: Database): Promise<readonly string[] | null> =>
  withPostgresFailure('comparing the rights of the role', async () => {
    const isThere = await pool.exists(sql.unsafe`SELECT FROM pg_namespace WHERE nspname = 'runclose'`);
    if (!isThere) return null;
    const rights = tableRightsIn(await readGrants());
    const tables = sql.array(
      rights.map(({ table }) => table),
      'text',
    );
    const privileges = sql.array(
      rights.map(({ privilege }) => privilege),
      'text',
    );
    const rows = await pool.any(sql.type(z.object({ missing: z.string() }))`
      SELECT wanted.privilege || ' on ' || wanted.name AS missing
      FROM unnest(${tables}, ${privileges}) WITH ORDINALITY AS wanted(name, privilege, position)
      JOIN pg_namespace n ON n.nspname = 'runclose'
      JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = wanted.name
      WHERE NOT has_table_privilege(c.oid, wanted.privilege)
      UNION ALL
      SELECT ${SCHEMA_USAGE}::text FROM pg_namespace n
      WHERE n.nspname = 'runclose' AND NOT has_schema_privilege(n.oid, 'USAGE')
      ORDER BY 1`);
    return rows.map(({ missing }) => missing);
  });

/** `GRANT SELECT, INSERT ON decision, decision_event TO runclose_processor;` */
const tableRightsIn = (grants: string): readonly TableRight[] =>
  [...grants.matchAll(/^GRANT ([A-Z, ]+) ON ([a-z_, ]+) TO /gm)].flatMap(([, privileges = '', tables = '']) =>
    tables
      .split(', ')
      .flatMap((table) => privileges.split(', ').map((privilege): TableRight => ({ table, privilege }))),
  );
