import type { RunClosed } from '../../domain/records.ts';

/** Whether the texts that name people were emptied: their explanation cannot be told again without them. */
export const isForgotten = ({ runner, fairness }: RunClosed): boolean =>
  fairness.explanation === '' &&
  runner.displayName === '' &&
  fairness.ranking.every(({ displayName }) => displayName === '');
