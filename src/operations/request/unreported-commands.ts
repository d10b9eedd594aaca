import type { RunCloseRequested } from '../../domain/records.ts';
import { readablePosition } from '../../wire/position.ts';
import type { Work } from '../work.ts';
import type { Published } from './command-outcomes.ts';

/**
 * Tracks commands that may be in the log and whose result is not printed yet. If `request` ends early, it prints their ids on stderr:
 * `request` itself may have created an id, and without the id nobody could ask for the command.
 */
export type UnreportedCommands = {
  /** The commands were sent, and are not acknowledged yet. */
  sent(commands: readonly RunCloseRequested[]): void;
  notSent(commands: readonly RunCloseRequested[]): void;
  published(published: Published): void;
  reported(published: Published): void;
  /** Prints the ids of the commands that are left. */
  note(): void;
};

export const createUnreportedCommands = ({ note }: Pick<Work, 'note'>): UnreportedCommands => {
  const unreported = new Map<RunCloseRequested, Published['position'] | null>();
  return {
    sent: (commands) => {
      for (const command of commands) unreported.set(command, null);
    },
    notSent: (commands) => {
      for (const command of commands) unreported.delete(command);
    },
    published: ({ command, position }) => void unreported.set(command, position),
    reported: ({ command }) => void unreported.delete(command),
    note: () => {
      for (const [{ commandId, channelId }, position] of unreported)
        note(
          position === null
            ? `${commandId} of ${channelId} may have been published: publish it again under this id; it counts once`
            : `${commandId} of ${channelId} is published at ${readablePosition(position)}; its outcome is not known yet`,
        );
    },
  };
};
