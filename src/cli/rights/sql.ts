import { PROCESSOR_ROLE } from '../../postgres/session-settings.ts';
import type { Names } from './principals.ts';

type Logins = Pick<Names, 'owner' | 'processor' | 'operator' | 'reader'>;

/** For an administrator of the server who is connected to the database. The logins exist already. Safe to run again. */
export const sqlBeforeSetup = ({ owner, processor, operator, reader }: Logins): string[] => [
  '-- serve and the operator work as this role: it reads and writes rows, and no more.',
  ...block(
    `  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = ${literal(PROCESSOR_ROLE)}) THEN`,
    `    CREATE ROLE ${PROCESSOR_ROLE} NOLOGIN;`,
    '  END IF;',
  ),
  `GRANT ${PROCESSOR_ROLE} TO ${[owner, processor, operator].map(identifier).join(', ')};`,
  '-- By default, everybody may create temporary tables and, before PostgreSQL 15, tables in the schema public.',
  ...block(
    "  IF to_regnamespace('public') IS NOT NULL THEN",
    '    REVOKE CREATE ON SCHEMA public FROM PUBLIC;',
    '  END IF;',
    "  EXECUTE format('REVOKE TEMPORARY ON DATABASE %I FROM PUBLIC', current_database());",
  ),
  '-- The owner creates the schemas and owns them: it runs setup, purge, forget and replay rebuild.',
  ...block(
    `  EXECUTE format('GRANT CONNECT, CREATE ON DATABASE %I TO %I', current_database(), ${literal(owner)});`,
    ...[processor, operator, reader].map(
      (name) =>
        `  EXECUTE format('GRANT CONNECT ON DATABASE %I TO %I', current_database(), ${literal(name)});`,
    ),
  ),
];

/** For the owner. */
export const sqlAfterSetup = ({ owner, reader }: Logins): string[] => [
  '-- The reader looks at everything, personal data included, and changes nothing.',
  `GRANT USAGE ON SCHEMA runclose TO ${identifier(reader)};`,
  `GRANT SELECT ON ALL TABLES IN SCHEMA runclose TO ${identifier(reader)};`,
  `ALTER DEFAULT PRIVILEGES FOR ROLE ${identifier(owner)} IN SCHEMA runclose GRANT SELECT ON TABLES TO ${identifier(reader)};`,
];

export const rightsSql = (logins: Logins): string[] => [
  '-- Before `runclose setup`, as an administrator who is connected to the database of DATABASE_URL. The logins exist already.',
  ...sqlBeforeSetup(logins),
  '',
  '-- After `runclose setup`, as the owner.',
  ...sqlAfterSetup(logins),
];

/** Inside dollar quotes that no name in the body contains. */
const block = (...lines: readonly string[]): string[] => {
  const body = lines.join('\n');
  let quote = '$$';
  for (let tries = 1; body.includes(quote); tries++) quote = `$rights${String(tries)}$`;
  return [`DO ${quote} BEGIN`, ...lines, `END ${quote};`];
};

/** A quoted literal of SQL, whatever the text contains. */
const identifier = (name: string): string => `"${name.replaceAll('"', '""')}"`;

const literal = (name: string): string => `'${name.replaceAll("'", "''")}'`;
