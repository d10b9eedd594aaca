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
 * The rights that the role of this connection lacks, such as `INSERT on decision`. Leaves out tables and functions that do not exist, which
 * `missingObjects` reports. Null: the schema does not exist.
 */
export const missingGrants = (pool: Database): Promise<readonly string[] | null> =>
  withPostgresFailure('comparing the rights of the role', async () => {
    const isThere = await pool.exists(sql.unsafe`SELECT FROM pg_namespace WHERE nspname = 'runclose'`);
    if (!isThere) return null;
    const grants = await readGrants();
    const rights = tableRightsIn(grants);
    const functions = sql.array(functionsIn(grants), 'text');
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
      SELECT 'EXECUTE on ' || p.proname || '(' || pg_get_function_identity_arguments(p.oid) || ')'
      FROM pg_proc p JOIN pg_namespace n ON n.nspname = 'runclose' AND n.oid = p.pronamespace
      WHERE p.proname = ANY(${functions}) AND NOT has_function_privilege(p.oid, 'EXECUTE')
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

/** `GRANT EXECUTE ON FUNCTION create_decision_event_days(), drop_decision_event_days(integer) TO runclose_processor;` */
const functionsIn = (grants: string): readonly string[] =>
  [...grants.matchAll(/^GRANT EXECUTE ON FUNCTION (.+) TO /gm)].flatMap(([, functions = '']) =>
    [...functions.matchAll(/(\w+)\(/g)].map(([, name = '']) => name),
  );
