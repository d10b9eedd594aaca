import type { MissingObject } from '../../../postgres/missing-objects.ts';
import { SCHEMA_USAGE } from '../../../postgres/missing-grants.ts';
import { Failure } from '../../../processor/failure.ts';
import { type Finding, findingCodeOf, found, orOk, skipped } from '../findings.ts';

export type MigrationsDeps = {
  /** The version of the tables, or a fatal failure if they do not fit this program. */
  readonly requireVersion: () => Promise<number>;
  readonly changed: () => Promise<readonly string[]>;
  readonly missingObjects: (version: number) => Promise<readonly MissingObject[]>;
  /** The rights that the role lacks; null: there are no tables. */
  readonly missingRights: () => Promise<readonly string[] | null>;
};

export const checkMigrations = async ({
  requireVersion,
  changed,
  missingObjects,
  missingRights,
}: MigrationsDeps): Promise<readonly Finding[]> => {
  try {
    const version = await requireVersion();
    const changes = (await changed()).map((name) =>
      found('migrations', 'migration-changed', `migration ${name} was applied with other content`, {
        advice: 'deploy the version of RunClose that set up this database, or restore a backup',
      }),
    );
    const damages = (await missingObjects(version)).map((it) =>
      found('migrations', 'schema-damaged', `the ${it.kind} ${it.name} is missing or invalid`, {
        advice: mendOf(it),
      }),
    );
    return orOk([...changes, ...damages], 'migrations', `the tables have version ${String(version)}`);
  } catch (thrown) {
    // Postgres hides the tables of a schema that the role may not use: the query fails as if they were missing.
    return isMisconfigured(thrown) && cannotRead(await missingRights())
      ? [skipped('migrations', 'cannot be checked before the role may read the tables')]
      : [tablesUnfit(thrown)];
  }
};

const mendOf = ({ kind, name, mend, file }: MissingObject): string => {
  if (kind === 'table') return 'stop every `serve`, and restore a backup';
  const statements =
    mend ??
    `SET search_path = runclose; and CREATE ${kind.toUpperCase()} ${name} as in src/postgres/migrations/${file}`;
  return `the owner of the database runs: ${statements}`;
};

const isMisconfigured = (thrown: unknown): boolean =>
  thrown instanceof Failure && thrown.code === 'POSTGRES_MISCONFIGURED';

const cannotRead = (missing: readonly string[] | null): boolean =>
  missing?.some((it) => it === SCHEMA_USAGE || it === 'SELECT on schema_migration') === true;

const tablesUnfit = (thrown: unknown): Finding => {
  if (!(thrown instanceof Failure) || thrown.kind !== 'fatal') throw thrown;
  const { code, message } = thrown;
  // If the schema or its tables are missing, the query itself fails.
  if (isMisconfigured(thrown))
    return found('migrations', 'schema-too-old', `there are no tables: ${message}`);
  const mend = code === 'SCHEMA_TOO_NEW' ? { advice: 'deploy a newer version of RunClose' } : {};
  return found('migrations', findingCodeOf(code) ?? 'check-failed', message, mend);
};

/** @param missing null: there are no tables */
export const checkDatabaseRights = (missing: readonly string[] | null): readonly Finding[] => {
  if (missing === null) return [skipped('rights in Postgres', 'cannot be checked before the tables exist')];
  const message = `the role runclose_processor lacks ${missing.join(', ')}`;
  return orOk(
    missing.length === 0 ? [] : [found('rights in Postgres', 'postgres-right-missing', message)],
    'rights in Postgres',
    'the role runclose_processor has every right that it needs',
  );
};
