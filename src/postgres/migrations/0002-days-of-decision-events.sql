-- The processor may not create or drop tables: these two functions do it, as their owner. They are two, so that a day is still
-- created ahead when dropping an old one fails to get its lock.

-- Partitions for the day of `at` and the two after it, in UTC. Takes no lock that a running batch holds or waits for, unless
-- rows of those days had to go to the default partition; these are moved.
CREATE FUNCTION create_decision_event_days_at(at timestamptz) RETURNS SETOF date
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  day date;
  name text;
  bounds text;
BEGIN
  PERFORM pg_advisory_xact_lock('runclose.decision_event'::regclass::bigint);
  FOR day IN SELECT (at AT TIME ZONE 'UTC')::date + n FROM generate_series(0, 2) AS n LOOP
    name := 'decision_event_' || to_char(day, 'YYYYMMDD');
    CONTINUE WHEN to_regclass('runclose.' || name) IS NOT NULL;
    bounds := format('%L AND stored_at < %L', day::timestamp AT TIME ZONE 'UTC', (day + 1)::timestamp AT TIME ZONE 'UTC');
    -- CREATE TABLE … PARTITION OF would lock out every batch; ATTACH PARTITION does not.
    EXECUTE format(
      'CREATE TABLE runclose.%I (LIKE runclose.decision_event INCLUDING DEFAULTS INCLUDING STORAGE INCLUDING INDEXES)
         WITH (toast_tuple_target = 8160)', name);
    IF EXISTS (SELECT FROM runclose.decision_event_default) THEN
      LOCK TABLE runclose.decision_event_default IN ACCESS EXCLUSIVE MODE;
      EXECUTE format(
        'WITH moved AS (DELETE FROM runclose.decision_event_default WHERE stored_at >= %s RETURNING *)
         INSERT INTO runclose.%I SELECT * FROM moved', bounds, name);
    END IF;
    EXECUTE format('ALTER TABLE runclose.decision_event ATTACH PARTITION runclose.%I FOR VALUES FROM (%L) TO (%L)',
      name, day::timestamp AT TIME ZONE 'UTC', (day + 1)::timestamp AT TIME ZONE 'UTC');
    RETURN NEXT day;
  END LOOP;
END $$;

-- What is not known to be emitted: of a partition of the input one batch at most.
CREATE VIEW unemitted_decision AS
  SELECT d.channel_id, d.command_id, d.stored_at
  FROM partition_lease l
  JOIN decision d ON d.source_id = l.source_id AND d.source_offset >= coalesce(l.emitted_through, 0);

-- Drops the days that ended more than `keep_days` before `at`. Bodies that are not known to be emitted are kept, whatever their
-- age: they move to the default partition.
CREATE FUNCTION drop_decision_event_days_at(at timestamptz, keep_days integer) RETURNS SETOF date
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  day date;
  name text;
  cutoff constant timestamptz := at - make_interval(days => keep_days);
BEGIN
  PERFORM pg_advisory_xact_lock('runclose.decision_event'::regclass::bigint);
  FOR name IN
    SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
    WHERE i.inhparent = 'runclose.decision_event'::regclass AND c.relname ~ '^decision_event_\d{8}$'
    ORDER BY c.relname
  LOOP
    day := to_date(right(name, 8), 'YYYYMMDD');
    CONTINUE WHEN (day + 1)::timestamp AT TIME ZONE 'UTC' > cutoff;
    EXECUTE format('ALTER TABLE runclose.decision_event DETACH PARTITION runclose.%I', name);
    EXECUTE format(
      'INSERT INTO runclose.decision_event SELECT e.* FROM runclose.%I e
       JOIN runclose.unemitted_decision USING (channel_id, command_id, stored_at)', name);
    EXECUTE format('DROP TABLE runclose.%I', name);
    RETURN NEXT day;
  END LOOP;
  DELETE FROM runclose.decision_event_default e
  WHERE e.stored_at < cutoff AND NOT EXISTS (
    SELECT FROM runclose.unemitted_decision u
    WHERE u.channel_id = e.channel_id AND u.command_id = e.command_id AND u.stored_at = e.stored_at);
END $$;

CREATE FUNCTION create_decision_event_days() RETURNS SETOF date
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS 'SELECT runclose.create_decision_event_days_at(now())';

CREATE FUNCTION drop_decision_event_days(keep_days integer) RETURNS SETOF date
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
-- Whoever may call this may not empty the table by asking for too short a time.
AS 'SELECT runclose.drop_decision_event_days_at(now(), greatest(keep_days, 1))';
