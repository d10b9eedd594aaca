import { count } from '../../domain/words/count.ts';
import { type Failure, wrongUse } from '../../processor/failure.ts';
import type { RunSettings } from '../../replay/reconstructed-command.ts';
import { createWhatIf, type WhatIfReport } from '../../replay/what-if/what-if.ts';
import { openClosedRuns, type SourceOptions } from '../history/closed-run-source.ts';
import type { Work } from '../work.ts';

export type WhatIfRequest = SourceOptions & {
  /** The settings that are different. */
  readonly changes: Partial<RunSettings>;
  /** How many changed picks the report lists. */
  readonly limit: number;
};

export type WhatIfAnswer = {
  readonly report: WhatIfReport;
  /** The file or topic that the runs come from. */
  readonly source: string;
  /** The positions of records that are not `run.closed` events. */
  readonly unreadable: readonly string[];
};

/** Decides real runs again under other settings. Rejects if no run was decided: people would believe figures of no runs. */
export const askWhatIf = async (work: Work, request: WhatIfRequest): Promise<WhatIfAnswer> => {
  const { changes, limit, ...options } = request;
  const { name, events, total, unreadable } = await openClosedRuns(work, options);
  const progress = work.progress('deciding', total);
  const whatIf = createWhatIf(changes, limit);
  let read = 0;
  for await (const { event } of events) {
    whatIf.take(event);
    read += 1;
    progress.set(read);
  }
  progress.stop();
  const report = whatIf.report();
  if (report.runs === 0)
    throw nothingDecided(name, read, options.file === undefined ? 'check the range' : 'the file has none');
  return { report, source: name, unreadable };
};

const nothingDecided = (from: string, read: number, why: string): Failure =>
  wrongUse(
    read === 0
      ? `no run.closed event was read from ${from}: ${why}`
      : `${count(read, 'run.closed event')} read from ${from} cannot be decided again: this version does not know the settings in force`,
  );
