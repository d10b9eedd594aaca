import type { Failure } from '../../processor/failure.ts';
import { onAbort } from '../client/on-abort.ts';
import type { CommandOutcome, PlacedCommand } from './outcome.ts';
import type { OutputEnds } from './output-ends.ts';

/** A command that waits for its outcome. */
export type Waiting = {
  readonly command: PlacedCommand;
  readonly settle: (outcome: CommandOutcome | undefined) => void;
  readonly fail: (failure: Failure) => void;
  /** True once a round reads from where the outputs ended before this command was published. */
  isCovered: boolean;
  isDuplicate: boolean;
  /** True if records were removed that may have shown its outcome. Then only a record that names its position or its id tells what it is. */
  isInDoubt: boolean;
  /** True once the caller has an answer, or waits no longer. */
  isSettled: boolean;
};

/**
 * The commands that wait, by their positions. An outcome may be read before its command is added here, because the broker's answer to the
 * publisher is still on its way. So the round after that reads again from where the outputs ended before the command was published.
 */
export type WaitingCommands = {
  size(): number;
  at(position: { readonly partition: number; readonly offset: number }): Waiting | undefined;
  /** Resolves with undefined if the signal is aborted first. */
  add(command: PlacedCommand, since: OutputEnds, signal: AbortSignal): Promise<CommandOutcome | undefined>;
  /**
   * The partitions in which commands wait, and where to read their outputs from. Commands that are added later belong to the next round.
   *
   * @param readUpTo where the last round ended
   */
  beginRound(readUpTo: ReadonlyMap<string, number>): {
    readonly partitions: readonly number[];
    readonly from: Map<string, number>;
  };
  /** Call this if an output lost records before they were read. */
  putInDoubt(partition: number): void;
  /**
   * Removes the commands of this round below these offsets. They still wait: duplicates for the outcomes of their first publications, and
   * commands in doubt for any outcome.
   */
  takeBelow(offsets: ReadonlyMap<number, number>): readonly Waiting[];
  settle(entry: Waiting, outcome: CommandOutcome): void;
  fail(entry: Waiting, failure: Failure): void;
  failAll(failure: Failure): void;
};

/** @param outputsOf the keys of the output partitions that belong to a partition of the commands */
export const createWaitingCommands = (
  outputsOf: (partition: number) => readonly string[],
): WaitingCommands => {
  const waiting = new Map<string, Waiting>();
  let rewinds = new Map<string, number>();

  const remove = ({ command }: Waiting): void => {
    waiting.delete(placeOf(command));
  };

  return {
    size: () => waiting.size,
    at: (position) => waiting.get(placeOf(position)),
    add: (command, since, signal) =>
      new Promise((resolve, reject) => {
        const entry: Waiting = {
          command,
          isCovered: false,
          isDuplicate: false,
          isInDoubt: false,
          isSettled: false,
          settle: (outcome) => {
            entry.isSettled = true;
            forget();
            resolve(outcome);
          },
          fail: (failure) => {
            entry.isSettled = true;
            forget();
            reject(failure);
          },
        };
        waiting.set(placeOf(command), entry);
        for (const key of outputsOf(command.partition))
          rewinds.set(key, Math.min(rewinds.get(key) ?? Infinity, since.get(key) ?? 0));
        const forget = onAbort(signal, () => {
          remove(entry);
          entry.isSettled = true;
          resolve(entry.isDuplicate ? { outcome: 'duplicate', first: undefined } : undefined);
        });
      }),
    beginRound: (readUpTo) => {
      const partitions = new Set<number>();
      for (const entry of waiting.values()) {
        entry.isCovered = true;
        partitions.add(entry.command.partition);
      }
      const keys = [...partitions].flatMap(outputsOf);
      const from = new Map(
        keys.map((key) => [key, Math.min(readUpTo.get(key) ?? Infinity, rewinds.get(key) ?? Infinity)]),
      );
      rewinds = new Map();
      return { partitions: [...partitions], from };
    },
    putInDoubt: (partition) => {
      for (const entry of waiting.values())
        if (entry.isCovered && entry.command.partition === partition) entry.isInDoubt = true;
    },
    takeBelow: (offsets) => {
      const taken = [...waiting.values()].filter(
        ({ isCovered, command }) => isCovered && command.offset < (offsets.get(command.partition) ?? 0),
      );
      for (const entry of taken) {
        entry.isDuplicate = !entry.isInDoubt;
        remove(entry);
      }
      return taken;
    },
    settle: (entry, outcome) => {
      remove(entry);
      entry.settle(outcome);
    },
    fail: (entry, failure) => {
      remove(entry);
      entry.fail(failure);
    },
    failAll: (failure) => {
      const all = [...waiting.values()];
      waiting.clear();
      for (const entry of all) entry.fail(failure);
    },
  };
};

/** A name for the position of a command: all commands are in one topic. */
export const placeOf = ({ partition, offset }: Pick<PlacedCommand, 'partition' | 'offset'>): string =>
  `${String(partition)}/${String(offset)}`;
