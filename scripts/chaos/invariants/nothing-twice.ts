import { eventIn, grouped, placeOf, sourceOf } from '../evidence/events.ts';
import type { OutputRecord } from '../evidence/evidence.ts';
import type { Invariant } from './invariant.ts';

/** A read-committed reader sees at most one `run.closed` and one `run.summary` for each run, and one rejection for each record. */
export const nothingTwice: Invariant = {
  id: 'I2',
  title: 'nothing twice',
  violations: ({ outputs }) =>
    [...grouped(outputs, identityOf)]
      .filter(([, records]) => records.length > 1)
      .map(
        ([identity, records]) =>
          `${identity} stands ${records.length} times: ${records.map(placeOf).join(', ')}`,
      ),
};

const identityOf = (record: OutputRecord): string => {
  switch (record.role) {
    case 'closed':
    case 'summary': {
      const event = eventIn(record);
      return `${record.role} of run ${String(event?.runId)} in ${String(event?.channelId)}`;
    }
    case 'rejected':
    case 'deadLetters':
      return `${record.role} of input ${String(sourceOf(record))}`;
  }
};
