import { Failure } from '../../../processor/failure.ts';
import { type Finding, findingCodeOf, found, orOk, skipped } from '../findings.ts';

export type MigrationsDeps = {
  /** The version of the tables, or a fatal failure if they do not fit this program. */
  readonly requireVersion: () => Promise<number>;
  readonly changed: () => Promise<readonly string[]>;
};

export const checkMigrations = async ({
  requireVersion,
  changed,
}: MigrationsDeps): Promise<readonly Finding[]> => {
  try {
    const version = await requireVersion();
    const findings = (await changed()).map((name) =>
      found('migrations', 'migration-changed', `migration ${name} was applied with other content`, {
        advice: 'deploy the version of RunClose that set up this database, or restore a backup',
      }),
    );
    return orOk(findings, 'migrations', `the tables have version ${String(version)}`);
  } catch (thrown) {
    return [tablesUnfit(thrown)];
  }
};

const tablesUnfit = (thrown: unknown): Finding => {
  if (!(thrown instanceof Failure) || thrown.kind !== 'fatal') throw thrown;
  const { code, message } = thrown;
  // If the schema or its tables are missing, the query itself fails.
  if (code === 'POSTGRES_MISCONFIGURED')
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
