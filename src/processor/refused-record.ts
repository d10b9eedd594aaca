import type { Owed } from './decide-record.ts';
import type { Failure } from './failure.ts';
import type { Alarm } from './alarm.ts';
import { maySkip } from './skipped-records.ts';

/** The alarm for a record whose event or dead letter cannot be written. It names a way out that loses nothing silently. */
export const refusedRecordAlarm = (failure: Failure, item: Owed, where: string): Alarm => {
  const position = `${where}@${String(item.record.offset)}`;
  const what = item.kind === 'dead-letter' ? 'its dead letter' : 'its event';
  const raise = 'run `runclose setup`, which raises topic limits that are too low';
  const way = maySkip(item)
    ? `${raise}; if that does not help, skip the record: runclose skip ${position} --yes`
    : `${raise}; the record cannot be skipped, because its decision is stored`;
  return {
    code: failure.code === 'RECORD_TOO_LARGE' ? 'RECORD_TOO_LARGE' : 'RECORD_REFUSED',
    message: `${position}: ${what} cannot be written (${failure.message}): ${way}`,
  };
};
