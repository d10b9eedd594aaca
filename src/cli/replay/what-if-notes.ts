import type { RunSettings } from '../../replay/reconstructed-command.ts';
import type { WhatIfReport } from '../../replay/what-if/what-if.ts';
import { count } from '../../domain/words/count.ts';

/** Sentences that readers need to understand the figures. */
export const whatIfNotes = (
  { runsByWindow, beginInTheMiddle, missingRuns, channelsWithMissingRuns }: WhatIfReport,
  { windowRuns }: Partial<RunSettings>,
): readonly string[] => [
  ...(windowRuns === undefined || runsByWindow > 0
    ? []
    : [
        'The window matters to the policy window-count only, which none of these runs is decided by: ask for it with --policy window-count.',
      ]),
  ...(beginInTheMiddle === 0
    ? []
    : [
        `The first runs of ${count(beginInTheMiddle, 'channel')} are not there: both sides begin level with the first one that is.`,
      ]),
  ...(missingRuns === 0
    ? []
    : [
        `${count(missingRuns, 'run')} in the middle of ${count(channelsWithMissingRuns, 'channel')} ` +
          `${missingRuns === 1 ? 'is not there: both sides go on without it' : 'are not there: both sides go on without them'}, ` +
          'so neither is quite what was or would have been. Which: runclose replay verify --events-only',
      ]),
];
