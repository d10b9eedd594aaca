import { schemas } from '../../scripts/chaos/evidence/frames.ts';
import { createRecount, type RecountedLedger } from '../../scripts/chaos/evidence/recount.ts';
import type { Ledger } from '../../src/domain/ledger.ts';
import type { LogRecord } from '../../src/kafka/records/log-record.ts';
import type { EventOf, EventType } from '../../src/wire/event-types.ts';
import { positionText } from '../../src/wire/position.ts';

/** The records that must be in the output topics for one record of the input. */
export type Due =
  | { readonly type: EventType; readonly source: LogRecord; readonly body: Buffer; readonly stored: boolean }
  | { readonly type: 'dead-letter'; readonly source: LogRecord };

export type Recounted = {
  readonly due: readonly Due[];
  /** The ledgers of channels with a closed run. */
  readonly ledgers: ReadonlyMap<string, Ledger>;
};

/**
 * The outcomes that an input must have, by the same recount as the chaos checker's. Channels in two partitions are counted in the order of
 * time.
 *
 * @param schemaIds those that commands may have been written with
 */
export const recount = (input: readonly LogRecord[], schemaIds: ReadonlySet<number>): Recounted => {
  const ledgers = new Map<string, RecountedLedger>();
  const outcomeOf = createRecount(schemaIds, ledgers);
  const due = inOrderOfTime(input).flatMap((source): readonly Due[] => {
    const outcome = outcomeOf(source, positionText(source));
    switch (outcome.kind) {
      case 'closed': {
        const { closed, summary } = outcome;
        return [
          { source, stored: true, ...written('run.closed', closed) },
          { source, stored: true, ...written('run.summary', summary) },
        ];
      }
      case 'rejected':
        return [{ source, stored: outcome.claimed, ...written('run.close.rejected', outcome.rejected) }];
      case 'dead letter':
        return [{ type: 'dead-letter', source }];
      case 'duplicate':
        return [];
    }
  });
  return { due, ledgers: new Map([...ledgers].filter(([, { head }]) => head.sequence > 0)) };
};

const written = <T extends EventType>(type: T, event: EventOf[T]) => ({
  type,
  body: schemas[type].type.toBuffer(event),
});

/** The topic's timestamps are the broker's, so that within a partition they never fall. */
const inOrderOfTime = (input: readonly LogRecord[]): readonly LogRecord[] =>
  input.toSorted((a, b) => a.timestamp - b.timestamp || a.partition - b.partition || a.offset - b.offset);
