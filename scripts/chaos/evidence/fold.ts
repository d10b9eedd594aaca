import { fingerprint } from './events.ts';
import { sourceAt, type Fold, type FoldedOutcome, type LogRecord, type Source } from './evidence.ts';
import { schemas } from './frames.ts';
import { createRecount, type RecountedLedger, type RecountedOutcome } from './recount.ts';

export type FoldOptions = {
  readonly inputTopic: string;
  /** The schema ids that commands may be written with. */
  readonly schemaIds: ReadonlySet<number>;
};

/**
 * Recounts the outcomes of an input, and keeps fingerprints of the bodies: a long run has too many bodies for the memory. The commands of
 * a channel must be in one partition, whose records must be in order.
 *
 * @param ledgers the result of a former input; this function changes them
 */
export const foldInput = (
  input: readonly LogRecord[],
  { inputTopic, schemaIds }: FoldOptions,
  ledgers: Map<string, RecountedLedger> = new Map<string, RecountedLedger>(),
): Fold => {
  const recount = createRecount(schemaIds, ledgers);
  const outcomes = new Map<Source, FoldedOutcome>();
  for (const record of input) {
    const source = sourceAt(record.partition, record.offset);
    outcomes.set(source, withFingerprints(recount(record, `${inputTopic}/${source}`)));
  }
  return { outcomes, ledgers };
};

const withFingerprints = (outcome: RecountedOutcome): FoldedOutcome => {
  switch (outcome.kind) {
    case 'closed':
      return {
        kind: 'closed',
        closed: fingerprint(schemas['run.closed'].type.toBuffer(outcome.closed)),
        summary: fingerprint(schemas['run.summary'].type.toBuffer(outcome.summary)),
      };
    case 'rejected':
      return {
        kind: 'rejected',
        rejected: fingerprint(schemas['run.close.rejected'].type.toBuffer(outcome.rejected)),
        reason: outcome.rejected.reason,
        claimed: outcome.claimed,
      };
    case 'dead letter':
    case 'duplicate':
      return outcome;
  }
};
