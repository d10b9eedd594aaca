/** Why a record became a dead letter: its value is undecodable, its batch is unreadable, or an operator skipped it. */
export const POISON_CODES = [
  'NULL_VALUE',
  'TOO_SHORT',
  'WRONG_MAGIC_BYTE',
  'UNKNOWN_SCHEMA_ID',
  'UNDECODABLE',
  'UNREADABLE_BATCH',
  'SKIPPED',
] as const;
