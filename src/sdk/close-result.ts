import type { RunCloseRequested } from '../domain/records.ts';
import type { CommandName, DuplicateOutcome, FoundOutcome } from '../kafka/outcomes/outcome.ts';
import type { RecordPosition } from '../kafka/produce/publisher.ts';
import type { Failure } from '../processor/failure.ts';
import { readablePosition } from '../wire/position.ts';

/** The position of a command in the log, and the fields that the publisher may have filled in. */
export type PublishedCommand = RecordPosition & Pick<RunCloseRequested, 'commandId' | 'requestedAt'>;

/** The outcome is not known yet. The command may still be decided. */
export type TimeoutOutcome = {
  readonly outcome: 'timeout';
  /** Says how far the command has come and how to ask again. */
  readonly message: string;
};

/** What became of a command. Later versions may add outcomes: treat an `outcome` that you do not know as you treat `timeout`. */
export type CloseResult = CommandName & {
  /** Undefined if it is not known that the log holds the command. */
  readonly published: PublishedCommand | undefined;
} & (FoundOutcome | DuplicateOutcome | TimeoutOutcome);

/** How far a command has come when nobody waits for it any longer. */
export type Progress =
  | { readonly kind: 'not sent' | 'unknown' }
  | { readonly kind: 'published'; readonly position: RecordPosition };

/** What is known about a command without an outcome, and how to ask again. */
export const unfinished = (
  { channelId, commandId }: CommandName,
  progress: Progress,
  why: string,
  trouble?: Failure,
): string => {
  const command = `command ${commandId} of channel ${channelId}`;
  const because = trouble === undefined ? why : `${why} (${trouble.message})`;
  switch (progress.kind) {
    case 'not sent':
      return `${command} was not sent: ${because}. Publish it again`;
    case 'unknown':
      return `it is not known whether the log holds ${command}: ${because}. Publish it again with the same commandId: it counts once`;
    case 'published': {
      const named = `{ channelId: ${JSON.stringify(channelId)}, commandId: ${JSON.stringify(commandId)} }`;
      return (
        `${command} is published at ${readablePosition(progress.position)} and has no known outcome: ${because}. ` +
        `Ask again with outcomeOf(${named}), or publish it again with the same commandId: it counts once`
      );
    }
  }
};
