import type { RunCloseRequested } from '../../domain/records.ts';
import type { Work } from '../work.ts';
import { place } from '../../wire/position.ts';
import type { Published } from './command-outcomes.ts';

/**
 * Tracks commands that may be in the log and whose result is not printed yet. If `request` ends early, it prints their ids on stderr:
 * `request` itself may have created an id, and without the id nobody could ask for the command.
 */
export type UntoldCommands = {
  /** The commands were sent, and are not acknowledged yet. */
  sent(commands: readonly RunCloseRequested[]): void;
  notSent(commands: readonly RunCloseRequested[]): void;
  published(published: Published): void;
  told(published: Published): void;
  /** Prints the ids of the commands that are left. */
  tell(): void;
};

export const createUntoldCommands = ({ note }: Pick<Work, 'note'>): UntoldCommands => {
  const untold = new Map<RunCloseRequested, Published['position'] | null>();
  return {
    sent: (commands) => {
      for (const command of commands) untold.set(command, null);
    },
    notSent: (commands) => {
      for (const command of commands) untold.delete(command);
    },
    published: ({ command, position }) => void untold.set(command, position),
    told: ({ command }) => void untold.delete(command),
    tell: () => {
      for (const [{ commandId, channelId }, position] of untold)
        note(
          position === null
            ? `${commandId} of ${channelId} may have been published: publish it again under this id; it counts once`
            : `${commandId} of ${channelId} is published at ${place(position)}; its outcome is not known yet`,
        );
    },
  };
};
