-- Which Kafka topics a lease's positions are of: a topic that is deleted and created again has another id. Null: not known yet, or
-- the brokers tell none. Once another topic is adopted in a topic's place, its rows are retired and their `cluster_id` gets the
-- row's own number appended, so that the key is free for the new topic, and no position of it meets a decision of the old one.
ALTER TABLE partition_lease
  ADD COLUMN IF NOT EXISTS input_id text COLLATE "C",
  ADD COLUMN IF NOT EXISTS outputs_id text COLLATE "C";
