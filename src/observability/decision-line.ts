import { withThousands } from '../domain/words/count.ts';
import type { Decided } from '../processor/ports/observer.ts';

const WHY: Readonly<Record<string, string>> = {
  LOWEST: 'most due',
  SOLE_ELIGIBLE: 'nobody else can',
  PREVIOUS_EXCLUDED: 'another person went last time',
  REPEAT_ALLOWED: 'again, as the command allows',
  SOFT_REPEAT: 'again, as the policy allows',
  TIE_LOT: 'by lot',
  TIE_ID: 'by user id',
  TIE_LONGEST_AGO: 'went longest ago',
};

/** What became of a command, for a person who watches `serve`. People are named by their ids: a log holds no names. */
export const decisionLine = (decided: Decided, input: string): string => {
  const {
    outcome,
    offset,
    runId = '',
    commandId = '',
    reason = '',
    runnerUserId = '',
    participants = 0,
  } = decided;
  switch (outcome) {
    case 'closed': {
      const people = participants === 1 ? '1 person' : `${withThousands(participants)} people`;
      return `closed ${runId}: ${runnerUserId} fetches for ${people} (${WHY[reason] ?? reason})`;
    }
    case 'rejected':
      return `rejected ${runId}: ${reason}, command ${commandId}`;
    case 'redelivered':
      return `emitted again ${runId}: command ${commandId} was decided before`;
    case 'duplicate':
      return `duplicate ${input}@${String(offset)}: its command is known`;
    case 'dead-letter':
      return `dead letter ${input}@${String(offset)}: ${reason}`;
  }
};
