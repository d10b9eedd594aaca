-- Which Kafka topics a lease's positions are of: a topic that is deleted and created again has another id. Null: not known yet, or
-- the brokers tell none. Once another topic is adopted in a topic's place, its rows are retired and their `cluster_id` gets the
-- row's own number appended, so that the key is free for the new topic, and no position of it meets a decision of the old one.
-- `cut_short`: the input was once seen to end before `next_offset`, so its positions are no longer those that were decided, however
-- far it reaches by now.
ALTER TABLE partition_lease
  ADD COLUMN input_id text COLLATE "C",
  ADD COLUMN outputs_id text COLLATE "C",
  ADD COLUMN cut_short boolean NOT NULL DEFAULT false;

-- Records of the input that an operator has given up, because nothing that they lead to could be written: each becomes a dead letter
-- without content. `record_hash`: what stood there, so that no other record of a topic that was created again is skipped.
CREATE TABLE skipped_record (
  cluster_id text COLLATE "C" NOT NULL,
  topic text COLLATE "C" NOT NULL,
  partition integer NOT NULL,
  source_offset bigint NOT NULL,
  record_hash bytea NOT NULL,
  skipped_by text,
  skipped_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (cluster_id, topic, partition, source_offset, record_hash)
);
