import type { WhatIfReport } from '../../replay/what-if/what-if.ts';
import { count } from '../text/count.ts';

/** A sentence for whatever whoever reads the figures has to know with them. */
export const whatIfNotes = ({
  beginInTheMiddle,
  missingRuns,
  channelsWithMissingRuns,
}: WhatIfReport): readonly string[] => [
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
