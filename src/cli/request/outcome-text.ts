import type { z } from 'zod';
import type { Outcome, Published } from '../../operations/request/command-outcomes.ts';
import type { Colors } from '../frame/output.ts';
import type { FoundOutcome } from '../../kafka/outcomes/outcome.ts';
import type { commandOutcome, foundOutcome, publishedCommand } from '../json/run-lines.ts';
import { eventText } from '../text/event-text.ts';
import { rfc3339, withTimes } from '../text/json.ts';
import { readablePosition } from '../../wire/position.ts';
import { oneLine } from '../../domain/visible-text.ts';

/** The object that `request --json` prints for a command. Programs rely on its shape. */
export const publishedJson = ({ command, position }: Published): z.infer<typeof publishedCommand> => {
  const { commandId, channelId, runId, requestedAt } = command;
  const { topic, partition, offset } = position;
  return { commandId, channelId, runId, requestedAt: rfc3339(requestedAt), topic, partition, offset };
};

export const publishedLine = ({ command, position }: Published, { dim }: Colors): string =>
  `${oneLine(command.commandId)} ${dim(`published at ${readablePosition(position)}, requested at ${rfc3339(command.requestedAt)}`)}`;

/** The object that `request --wait --json` prints for a command. Programs rely on its shape. */
export const outcomeJson = (published: Published, outcome: Outcome): z.infer<typeof commandOutcome> => {
  const { commandId, ...facts } = publishedJson(published);
  switch (outcome.outcome) {
    case 'duplicate': {
      const first = outcome.first === undefined ? null : foundJson(outcome.first);
      return { commandId, ...facts, outcome: outcome.outcome, first };
    }
    case 'timeout':
      return { commandId, ...facts, outcome: outcome.outcome };
    case 'closed':
    case 'rejected':
    case 'dead-letter':
      return { commandId, ...facts, ...foundJson(outcome) };
  }
};

const foundJson = (found: FoundOutcome): z.infer<typeof foundOutcome> => {
  switch (found.outcome) {
    case 'closed': {
      const { sequence, runner } = found.event;
      return { outcome: found.outcome, sequence, runner, event: withTimes(found.event) };
    }
    case 'rejected': {
      const { reason, message } = found.event;
      return { outcome: found.outcome, reason, message, event: withTimes(found.event) };
    }
    case 'dead-letter':
      return found;
  }
};

export const outcomeLine = ({ command, position }: Published, outcome: Outcome, colors: Colors): string => {
  const { green, red, yellow } = colors;
  const [commandId, runId] = [oneLine(command.commandId), oneLine(command.runId)];
  switch (outcome.outcome) {
    case 'closed':
      return `${green('closed')}       ${eventText('run.closed', outcome.event)}`;
    case 'rejected':
      return `${red('rejected')}     ${eventText('run.close.rejected', outcome.event)}`;
    case 'duplicate':
      return `${yellow('duplicate')}    ${runId}: command ${commandId} was known already; nothing more is emitted${firstText(outcome.first)}`;
    case 'dead-letter':
      return `${red('dead-letter')}  ${runId}: ${outcome.code}, ${oneLine(outcome.message)}`;
    case 'timeout':
      return `${red('timeout')}      ${runId}: no outcome yet of ${commandId} at ${readablePosition(position)}`;
  }
};

const firstText = (first: FoundOutcome | undefined): string => {
  switch (first?.outcome) {
    case 'closed':
      return `. It had closed the run: ${eventText('run.closed', first.event)}`;
    case 'rejected':
      return `. It had been rejected: ${first.event.reason}: ${oneLine(first.event.message)}`;
    case 'dead-letter':
    case undefined:
      return '';
  }
};
