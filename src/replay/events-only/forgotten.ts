import type { RunClosed } from '../../domain/records.ts';

/** Whether the texts that name people are redacted. Without the names, the explanation cannot be compared. */
export const isForgotten = ({ runner, fairness }: RunClosed): boolean =>
  fairness.explanation === '' &&
  runner.displayName === '' &&
  fairness.ranking.every(({ displayName }) => displayName === '');
