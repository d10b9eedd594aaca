import { loadSchemas } from '../avro/schema-files.ts';
import type { RunCloseRequested } from '../domain/records.ts';
import { wrongUse } from '../processor/failure.ts';
import { systemClock, type Clock } from './clock.ts';
import { readRecordInput } from './record-input.ts';
import type { RunCloseRequestedInput } from './record-inputs.ts';

type FilledIn = 'commandId' | 'requestedAt';

/** A command as publishers write it. If they leave out `commandId`, it becomes a new UUID; `requestedAt` becomes the present. */
export type CommandInput = Omit<RunCloseRequestedInput, FilledIn> &
  Partial<Pick<RunCloseRequestedInput, FilledIn>>;

/** Throws `WRONG_USE`, which names each unknown, missing or mistyped field by its path. It quotes no values. */
export type CommandReader = (input: unknown) => RunCloseRequested;

export const createCommandReader = (schemas = loadSchemas(), clock: Clock = systemClock): CommandReader => {
  const { schema } = schemas['run.close.requested'];
  return (input) => {
    const faults: string[] = [];
    const command = readRecordInput(schema, filledIn(input, clock), '', (path, problem) => {
      faults.push(`${path === '' ? 'a command' : path} ${problem}`);
      return null;
    });
    if (faults.length > 0) throw wrongUse(inWords(faults));
    return command as RunCloseRequested;
  };
};

const filledIn = (input: unknown, clock: Clock): unknown => {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) return input;
  const { commandId, requestedAt }: { commandId?: unknown; requestedAt?: unknown } = input;
  return { ...input, commandId: commandId ?? clock.newId(), requestedAt: requestedAt ?? clock.now() };
};

const MAX_FAULTS = 10;

const inWords = (faults: readonly string[]): string => {
  const more = faults.length - MAX_FAULTS;
  return [...faults.slice(0, MAX_FAULTS), ...(more > 0 ? [`and ${more} more`] : [])].join('; ');
};
