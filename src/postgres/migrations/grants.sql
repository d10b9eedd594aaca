-- What the processor may do: applied again by every migration, so that a schema restored into another cluster gets its grants.
-- Append-only tables cannot be rewritten, and nothing can be created, altered, dropped or emptied.
GRANT USAGE ON SCHEMA runclose TO runclose_processor;
GRANT SELECT ON schema_migration TO runclose_processor;
GRANT SELECT, INSERT ON channel_policy, decision, decision_event, duplicate_command, skipped_record TO runclose_processor;
GRANT SELECT, INSERT, UPDATE ON channel_ledger, channel_member, partition_lease TO runclose_processor;

REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA runclose FROM PUBLIC;
GRANT EXECUTE ON FUNCTION create_decision_event_days(), drop_decision_event_days(integer) TO runclose_processor;
