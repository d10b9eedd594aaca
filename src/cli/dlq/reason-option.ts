import { Option } from 'commander';

/** All reasons for a dead letter. */
const REASONS = [
  'NULL_VALUE',
  'TOO_SHORT',
  'WRONG_MAGIC_BYTE',
  'UNKNOWN_SCHEMA_ID',
  'UNDECODABLE',
  'UNREADABLE_BATCH',
  'SKIPPED',
];

export const reasonOption = (): Option =>
  new Option('--reason <code>', 'only dead letters with this reason, as `dlq list` shows it').choices(
    REASONS,
  );
