-- The last alarm about a record of the partition, for `status`: only the owner, who has tried to emit the record, knows of it. It counts
-- until the partition has passed `alarm_offset`.
-- `input_known_from`: decisions at this offset and later were stored while `input_id` was known, so they are decisions of that very
-- topic. Null: not known of any.
ALTER TABLE partition_lease
  ADD COLUMN alarm_offset bigint,
  ADD COLUMN alarm_code text COLLATE "C",
  ADD COLUMN alarm_message text,
  ADD COLUMN input_known_from bigint;
