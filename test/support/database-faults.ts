import type { TestDatabase } from './database.ts';

type Queried = Pick<TestDatabase, 'query'>;

/** Makes the first `times` batches that store decisions fail with this SQLSTATE. A sequence counts them, because it survives rollbacks. */
export const failBatches = async ({ query }: Queried, sqlState: string, times: number): Promise<void> => {
  await query(`
    CREATE SEQUENCE runclose.faults;
    GRANT USAGE ON SEQUENCE runclose.faults TO runclose_processor;
    CREATE FUNCTION runclose.fail() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      -- Fires for batches without a decision, too.
      IF NOT EXISTS (SELECT FROM stored) THEN RETURN NULL; END IF;
      IF nextval('runclose.faults') <= ${String(times)} THEN
        RAISE EXCEPTION 'as a test wants it' USING ERRCODE = '${sqlState}';
      END IF;
      RETURN NULL;
    END $$;
    CREATE TRIGGER fail AFTER INSERT ON runclose.decision REFERENCING NEW TABLE AS stored
      FOR EACH STATEMENT EXECUTE FUNCTION runclose.fail()`);
};

/** How many batches tried to store decisions since `failBatches`. */
export const triedBatches = async ({ query }: Queried): Promise<number> => {
  const [row] = await query('SELECT last_value::int AS tried FROM runclose.faults');
  return Number(row?.['tried']);
};

/** Makes every COMMIT of decisions take this long. */
export const slowCommits = async ({ query }: Queried, seconds: number): Promise<void> => {
  await query(`
    CREATE FUNCTION runclose.dawdle() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      PERFORM pg_sleep(${String(seconds)});
      RETURN NULL;
    END $$;
    CREATE CONSTRAINT TRIGGER dawdle AFTER UPDATE ON runclose.partition_lease DEFERRABLE INITIALLY DEFERRED
      FOR EACH ROW EXECUTE FUNCTION runclose.dawdle()`);
};

export const quickCommits = async ({ query }: Queried): Promise<void> => {
  await query('DROP FUNCTION runclose.dawdle CASCADE');
};

/** Ends the processor's sessions that match the SQL condition; resolves with their number. */
export const terminateSessions = async ({ query }: Queried, condition: string): Promise<number> => {
  const ended = await query(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
     WHERE datname = current_database() AND pid <> pg_backend_pid() AND application_name = 'runclose' AND ${condition}`,
  );
  return ended.length;
};
