/** Why a record is a dead letter: the reasons of an undecodable record, of a batch that cannot be read, and of a skipped record. */
export const POISON_CODES = [
  'NULL_VALUE',
  'TOO_SHORT',
  'WRONG_MAGIC_BYTE',
  'UNKNOWN_SCHEMA_ID',
  'UNDECODABLE',
  'UNREADABLE_BATCH',
  'SKIPPED',
] as const;
