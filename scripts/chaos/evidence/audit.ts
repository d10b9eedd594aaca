import pg from 'pg';

/**
 * Has Postgres note who takes a lease and who writes under it, by triggers the processor knows nothing of. Each instance's
 * sessions carry its name in the setting `chaos.instance`. A step is numbered while its lease's row is locked, or belongs to a
 * transaction that fails if the lease moves on; so their numbers are the order in which they count.
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
  // A plus would be taken for itself.
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
