import { PROCESSOR_ROLE } from '../../postgres/session-settings.ts';
import type { Names } from './principals.ts';

type Logins = Pick<Names, 'owner' | 'processor' | 'operator' | 'reader'>;

/** SQL for an administrator of the server, who is connected to the database. The logins must exist. Safe to run again. */
export const sqlBeforeSetup = ({ owner, processor, operator, reader }: Logins): string[] => [
  '-- serve and the operator work as this role: it reads and writes rows, and no more.',
  ...block(
    `  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = ${literal(PROCESSOR_ROLE)}) THEN`,
    `    CREATE ROLE ${PROCESSOR_ROLE} NOLOGIN;`,
    '  END IF;',
  ),
  ...present(owner, processor, operator).map((name) => `GRANT ${PROCESSOR_ROLE} TO ${identifier(name)};`),
  '-- By default, everybody may create temporary tables and, before PostgreSQL 15, tables in the schema public.',
  ...block(
    "  IF to_regnamespace('public') IS NOT NULL THEN",
    '    REVOKE CREATE ON SCHEMA public FROM PUBLIC;',
    '  END IF;',
    "  EXECUTE format('REVOKE TEMPORARY ON DATABASE %I FROM PUBLIC', current_database());",
  ),
  '-- The owner creates the schemas and owns them: it runs setup, purge, forget and replay rebuild.',
  ...block(
    ...present(owner).map((name) => grantOnDatabase('CONNECT, CREATE', name)),
    ...present(processor, operator, reader).map((name) => grantOnDatabase('CONNECT', name)),
  ),
];

const present = (...names: readonly (string | undefined)[]): readonly string[] =>
  names.filter((name) => name !== undefined);

const grantOnDatabase = (privileges: string, name: string): string =>
  `  EXECUTE format('GRANT ${privileges} ON DATABASE %I TO %I', current_database(), ${literal(name)});`;

/** SQL for the principal `owner`, or for somebody with the same rights. */
export const sqlAfterSetup = ({ owner, reader }: Logins): string[] => {
  if (reader === undefined) return [];
  const [name, creator] = [identifier(reader), owner === undefined ? '' : ` FOR ROLE ${identifier(owner)}`];
  return [
    '-- The reader looks at everything, personal data included, and changes nothing.',
    `GRANT USAGE ON SCHEMA runclose TO ${name};`,
    `GRANT SELECT ON ALL TABLES IN SCHEMA runclose TO ${name};`,
    `ALTER DEFAULT PRIVILEGES${creator} IN SCHEMA runclose GRANT SELECT ON TABLES TO ${name};`,
  ];
};

export const rightsSql = (logins: Logins): string[] => {
  const after = sqlAfterSetup(logins);
  return [
    '-- Before `runclose setup`, as an administrator who is connected to the database of DATABASE_URL. The logins exist already.',
    ...sqlBeforeSetup(logins),
    ...(after.length === 0 ? [] : ['', '-- After `runclose setup`, as the owner.', ...after]),
  ];
};

/** Chooses dollar quotes that do not occur in the body. */
const block = (...lines: readonly string[]): string[] => {
  const body = lines.join('\n');
  let quote = '$$';
  for (let tries = 1; body.includes(quote); tries++) quote = `$rights${String(tries)}$`;
  return [`DO ${quote} BEGIN`, ...lines, `END ${quote};`];
};

/** Quotes a name, whatever it contains. */
const identifier = (name: string): string => `"${name.replaceAll('"', '""')}"`;

const literal = (name: string): string => `'${name.replaceAll("'", "''")}'`;
