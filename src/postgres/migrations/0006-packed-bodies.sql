-- `packed`: the two bodies of a closed run as one value; then `closed` and `summary` are null. Rows that an older version has written, or
-- writes while both run, have those two instead. See packed-bodies.ts.
ALTER TABLE decision_event ADD COLUMN packed bytea;
ALTER TABLE decision_event ALTER COLUMN packed SET STORAGE EXTERNAL;
