import type { RunCloseRequested } from '../domain/records.ts';
import { firstFault } from '../domain/validate.ts';
import { Failure } from '../processor/failure.ts';

/** Throws `INVALID_COMMAND` if the processor would reject the command by itself, whatever the state of its channel. */
export const expectValid = (command: RunCloseRequested): void => {
  const fault = firstFault(command, command.channelId);
  if (fault === null) return;
  throw new Failure('fatal', 'INVALID_COMMAND', `command ${command.commandId} would be rejected: ${fault}`);
};
