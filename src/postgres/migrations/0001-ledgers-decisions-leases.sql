-- Ids are compared byte by byte (COLLATE "C"): no locale can change an order or a key, and comparing is cheap.
--
-- Hot tables leave a fifth of each page free, and no column that changes is indexed: an update stays in its page and touches
-- no index (HOT). They are vacuumed by the change of a few percent, since each decision rewrites its channel's rows.

-- Append-only. `after_revision` is the ledger's revision after which a version applies.
CREATE TABLE channel_policy (
  channel_id text COLLATE "C" NOT NULL,
  version integer NOT NULL CHECK (version > 0),
  after_revision bigint NOT NULL,
  enabled boolean NOT NULL,
  policy text NOT NULL,
  window_runs integer NOT NULL,
  repeat text NOT NULL,
  admin_user_ids text[] COLLATE "C" NOT NULL,
  reminders_enabled boolean NOT NULL,
  reminder_offset_minutes integer NOT NULL,
  retention_days integer NOT NULL,
  changed_by text NOT NULL,
  changed_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (channel_id, version)
);

-- `ring`: who made the last 64 runs, the newest last, parted by line feeds (an id holds none); the newest is run `sequence`,
-- and there is no gap. Text, because an array of 64 costs five times as much to read.
CREATE TABLE channel_ledger (
  channel_id text COLLATE "C" PRIMARY KEY,
  sequence bigint NOT NULL DEFAULT 0,
  revision bigint NOT NULL DEFAULT 0,
  policy_version integer NOT NULL DEFAULT 0,
  previous_runner text COLLATE "C",
  ring text COLLATE "C" NOT NULL DEFAULT ''
) WITH (
  fillfactor = 80, autovacuum_vacuum_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.05,
  -- A ring of long ids passes 2 KB: it stays in its row, uncompressed.
  toast_tuple_target = 8160
);

CREATE TABLE channel_member (
  channel_id text COLLATE "C" NOT NULL,
  user_id text COLLATE "C" NOT NULL,
  balance bigint NOT NULL,
  served bigint NOT NULL,
  attended bigint NOT NULL,
  last_served_sequence bigint,
  last_seen_sequence bigint,
  PRIMARY KEY (channel_id, user_id)
) WITH (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.05);

-- One row a partition of the input, and its number (`source_id`) wherever a command's position is kept.
-- `released_at`: its holder has let go, with nothing owed. `retired_at`: another cluster has been adopted in this one's place.
CREATE TABLE partition_lease (
  source_id integer GENERATED ALWAYS AS IDENTITY UNIQUE,
  cluster_id text COLLATE "C" NOT NULL,
  topic text COLLATE "C" NOT NULL,
  partition integer NOT NULL,
  epoch bigint NOT NULL,
  holder uuid NOT NULL,
  group_id text COLLATE "C" NOT NULL,
  generation integer NOT NULL,
  next_offset bigint,
  emitted_through bigint,
  given_up_before bigint NOT NULL DEFAULT 0,
  used_at timestamptz NOT NULL DEFAULT now(),
  released_at timestamptz,
  retired_at timestamptz,
  PRIMARY KEY (cluster_id, topic, partition)
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);

-- What was decided, without the words: kept when the bodies are gone.
CREATE TABLE decision (
  source_offset bigint NOT NULL,
  sequence bigint,
  revision bigint NOT NULL,
  stored_at timestamptz NOT NULL DEFAULT now(),
  source_id integer NOT NULL,
  policy_version integer NOT NULL,
  outcome text NOT NULL CHECK (outcome IN ('closed', 'rejected')),
  reason text NOT NULL,
  channel_id text COLLATE "C" NOT NULL,
  command_id text COLLATE "C" NOT NULL,
  run_id text COLLATE "C" NOT NULL,
  runner_user_id text COLLATE "C",
  -- SHA-256 of the command's content, and of the bodies one after the other.
  content_hash bytea NOT NULL,
  body_hash bytea NOT NULL,
  -- Of the schemas that the bodies were written with, one after the other.
  schema_fingerprint bytea NOT NULL,
  PRIMARY KEY (channel_id, command_id)
) WITH (autovacuum_vacuum_insert_scale_factor = 0.1, autovacuum_analyze_scale_factor = 0.05);

CREATE UNIQUE INDEX decision_source ON decision (source_id, source_offset);
CREATE UNIQUE INDEX decision_closed_run ON decision (channel_id, run_id) WHERE outcome = 'closed';

-- The Avro bodies, for as long as a record may be delivered again. A day a partition, so that forgetting is dropping a table.
-- Bodies are neither compressed nor moved out of the row below 8 KB: both cost more than the space (Avro compresses badly).
CREATE TABLE decision_event (
  stored_at timestamptz NOT NULL DEFAULT now(),
  channel_id text COLLATE "C" NOT NULL,
  command_id text COLLATE "C" NOT NULL,
  closed bytea,
  summary bytea,
  rejected bytea,
  PRIMARY KEY (channel_id, command_id, stored_at)
) PARTITION BY RANGE (stored_at);

ALTER TABLE decision_event
  ALTER COLUMN closed SET STORAGE EXTERNAL,
  ALTER COLUMN summary SET STORAGE EXTERNAL,
  ALTER COLUMN rejected SET STORAGE EXTERNAL;

-- So that an insert never fails for want of a partition. Empty, as long as days are created ahead.
CREATE TABLE decision_event_default PARTITION OF decision_event DEFAULT WITH (toast_tuple_target = 8160);

-- A command that was published again, at another position.
CREATE TABLE duplicate_command (
  channel_id text COLLATE "C" NOT NULL,
  command_id text COLLATE "C" NOT NULL,
  source_id integer NOT NULL,
  source_offset bigint NOT NULL,
  seen_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (channel_id, command_id, source_id, source_offset)
);
