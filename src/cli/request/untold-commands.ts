import type { RunCloseRequested } from '../../domain/records.ts';
import type { Output } from '../frame/output.ts';
import { place } from '../text/place.ts';
import type { Published } from './command-outcomes.ts';

/**
 * The commands that may stand in the log without having been printed. When `request` ends early, their ids are printed on stderr: without
 * its id, a command that got one here could never be asked for again.
 */
export type UntoldCommands = {
  /** Sent, and not acknowledged yet. */
  sent(commands: readonly RunCloseRequested[]): void;
  notSent(commands: readonly RunCloseRequested[]): void;
  published(published: Published): void;
  told(published: Published): void;
  /** Prints what is left. */
  tell(): void;
};

export const createUntoldCommands = ({ note }: Pick<Output, 'note'>): UntoldCommands => {
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
            ? `${commandId} of ${channelId} may be published: publish it again under this id, and it counts once`
            : `${commandId} of ${channelId} is published at ${place(position)}; its outcome is not known yet`,
        );
    },
  };
};
