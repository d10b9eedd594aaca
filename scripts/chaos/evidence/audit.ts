import pg from 'pg';

/**
 * Installs triggers in Postgres that record which instance takes a lease and which one writes under it. The processor knows nothing of
 * them. Each instance's sessions carry its name in the setting `chaos.instance`. A step gets its number while its lease's row is locked, or
 * in a transaction that fails if the lease changes. So the numbers give the order of the steps that were committed.
 */
export const installAudit = async (databaseUrl: string): Promise<void> => {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    await client.query(TRIGGERS);
  } finally {
    await client.end();
  }
};

/** Postgres's startup option for the sessions of an instance, to be put into its DATABASE_URL. */
export const namedIn = (databaseUrl: string, instance: string): string => {
  const url = new URL(databaseUrl);
  url.searchParams.set('options', `-c chaos.instance=${instance}`);
  // Postgres would take a plus literally, not as a blank.
  return url.href.replaceAll('+', '%20');
};

const TRIGGERS = `
CREATE SCHEMA chaos;
CREATE TABLE chaos.audit (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  kind text NOT NULL, source_id integer NOT NULL, partition integer NOT NULL, epoch bigint NOT NULL, holder uuid NOT NULL, instance text NOT NULL);

CREATE FUNCTION chaos.note_lease() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
  INSERT INTO chaos.audit (kind, source_id, partition, epoch, holder, instance) VALUES (
    CASE WHEN TG_OP = 'INSERT' THEN 'lease taken' WHEN new.epoch <> old.epoch THEN 'lease taken' ELSE 'lease used' END,
    new.source_id, new.partition, new.epoch, new.holder, coalesce(current_setting('chaos.instance', true), ''));
  RETURN NULL;
END $$;
CREATE TRIGGER note_lease AFTER INSERT OR UPDATE ON runclose.partition_lease
  FOR EACH ROW EXECUTE FUNCTION chaos.note_lease();

CREATE FUNCTION chaos.note_decisions() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
  INSERT INTO chaos.audit (kind, source_id, partition, epoch, holder, instance)
  SELECT 'decisions written', l.source_id, l.partition, l.epoch, l.holder, coalesce(current_setting('chaos.instance', true), '')
  FROM runclose.partition_lease l WHERE l.source_id IN (SELECT source_id FROM added);
  RETURN NULL;
END $$;
CREATE TRIGGER note_decisions AFTER INSERT ON runclose.decision
  REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION chaos.note_decisions();`;
