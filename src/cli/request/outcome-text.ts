import type { z } from 'zod';
import type { Outcome, Published } from '../../operations/request/command-outcomes.ts';
import type { Colors } from '../frame/output.ts';
import type { commandOutcome, publishedCommand } from '../json/run-lines.ts';
import { eventText } from '../text/event-text.ts';
import { time, withTimes } from '../text/json.ts';
import { place } from '../../wire/position.ts';
import { oneLine } from '../text/table.ts';

/** The object that `request --json` prints for a command. Programs rely on its shape. */
export const publishedJson = ({ command, position }: Published): z.infer<typeof publishedCommand> => {
  const { commandId, channelId, runId, requestedAt } = command;
  const { topic, partition, offset } = position;
  return { commandId, channelId, runId, requestedAt: time(requestedAt), topic, partition, offset };
};

export const publishedLine = ({ command, position }: Published, { dim }: Colors): string =>
  `${oneLine(command.commandId)} ${dim(`published at ${place(position)}, requested at ${time(command.requestedAt)}`)}`;

/** The object that `request --wait --json` prints for a command. Programs rely on its shape. */
export const outcomeJson = (published: Published, outcome: Outcome): z.infer<typeof commandOutcome> => {
  const { commandId, ...facts } = publishedJson(published);
  switch (outcome.kind) {
    case 'closed': {
      const { sequence, runner } = outcome.event;
      return {
        commandId,
        outcome: outcome.kind,
        ...facts,
        sequence,
        runner,
        event: withTimes(outcome.event),
      };
    }
    case 'rejected': {
      const { reason, message } = outcome.event;
      return { commandId, outcome: outcome.kind, ...facts, reason, message, event: withTimes(outcome.event) };
    }
    case 'dead-letter': {
      const { code, message } = outcome;
      return { commandId, outcome: outcome.kind, ...facts, code, message };
    }
    case 'duplicate':
    case 'timeout':
      return { commandId, outcome: outcome.kind, ...facts };
  }
};

export const outcomeLine = ({ command, position }: Published, outcome: Outcome, colors: Colors): string => {
  const { green, red, yellow } = colors;
  const [commandId, runId] = [oneLine(command.commandId), oneLine(command.runId)];
  switch (outcome.kind) {
    case 'closed':
      return `${green('closed')}       ${eventText('run.closed', outcome.event)}`;
    case 'rejected':
      return `${red('rejected')}     ${eventText('run.close.rejected', outcome.event)}`;
    case 'duplicate':
      return `${yellow('duplicate')}    ${runId}: command ${commandId} was known already; nothing more is emitted`;
    case 'dead-letter':
      return `${red('dead-letter')}  ${runId}: ${outcome.code}, ${oneLine(outcome.message)}`;
    case 'timeout':
      return `${red('timeout')}      ${runId}: no outcome yet of ${commandId} at ${place(position)}`;
  }
};
