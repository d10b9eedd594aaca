import type { RunCloseRequested } from '../domain/records.ts';
import { createCommandReader, type CommandInput, type CommandReader } from './command-input.ts';
import { expectValid } from './valid-command.ts';

/**
 * A command with all its fields, checked as the processor checks it. Throws a `Failure`: `WRONG_USE`, which names each unknown, missing or
 * mistyped field, or `INVALID_COMMAND`, which names the first value that the processor would reject.
 */
export const completeCommand = (input: CommandInput): RunCloseRequested => {
  read ??= createCommandReader();
  const command = read(input);
  expectValid(command);
  return command;
};

let read: CommandReader | undefined;
