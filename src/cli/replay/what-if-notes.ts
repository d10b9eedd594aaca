import type { RunSettings } from '../../replay/reconstructed-command.ts';
import type { WhatIfReport } from '../../replay/what-if/what-if.ts';
import { WINDOW_POLICIES } from '../../domain/policies.ts';
import { sentences } from '../text/sentences.ts';
import { count } from '../../domain/words/count.ts';

const WINDOW = WINDOW_POLICIES.join(' or ');

/** Sentences that readers need to understand the figures. */
export const whatIfNotes = (
  { runsByWindow, beginInTheMiddle, missingRuns, channelsWithMissingRuns }: WhatIfReport,
  { windowRuns }: Partial<RunSettings>,
): readonly string[] =>
  sentences(
    windowRuns !== undefined &&
      runsByWindow === 0 &&
      `--window-runs changes nothing here: no run is decided under ${WINDOW}, and other policies do not use it. Add --policy ${WINDOW}.`,
    beginInTheMiddle > 0 &&
      `The first runs of ${count(beginInTheMiddle, 'channel')} are missing: in both columns, everybody starts there with a balance of 0.`,
    missingRuns > 0 &&
      `${count(missingRuns, 'run')} in the middle of ${count(channelsWithMissingRuns, 'channel')} ` +
        `${missingRuns === 1 ? 'is missing: both columns continue without it' : 'are missing: both columns continue without them'}, ` +
        'so the figures are approximate. To see which runs: runclose replay verify --events-only',
  );
