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
  new Option('--reason <code>', 'those with this reason only, as `dlq list` tells it').choices(REASONS);
