import type { Owed } from './decide-batch.ts';
import type { Failure } from './failure.ts';
import type { Alarm } from './ports.ts';
import { maySkip } from './skipped-records.ts';

/** What is owed for one record cannot be written. The alarm names a way out that loses nothing silently. */
export const refusedRecordAlarm = (failure: Failure, item: Owed, where: string): Alarm => {
  const position = `${where}@${String(item.record.offset)}`;
  const what = item.kind === 'dead-letter' ? 'its dead letter' : 'what it leads to';
  const raise =
    'run `runclose setup`, which raises the limits of topics that have lower ones than they should';
  const way = maySkip(item)
    ? `${raise}; if that does not help, give the record up: runclose skip ${position} --yes`
    : `its decision is stored, so it cannot be skipped: ${raise}`;
  return {
    code: failure.code === 'RECORD_TOO_LARGE' ? 'RECORD_TOO_LARGE' : 'RECORD_REFUSED',
    message: `${position}: ${what} cannot be written (${failure.message}): ${way}`,
  };
};
