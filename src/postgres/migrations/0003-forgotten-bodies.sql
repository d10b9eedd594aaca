-- What of a decision's personal data was taken out of its bodies since they were stored: `forgotten_at` is null: nothing;
-- `forgotten_user_ids` beside it: that of these people; without: everybody's. Beside the bodies, so that a mark goes where they
-- go, and is written with them or not at all. The processor never writes here: for it bodies stay append-only.
ALTER TABLE decision_event
  ADD COLUMN forgotten_at timestamptz,
  ADD COLUMN forgotten_user_ids text[] COLLATE "C";
