import type { RunCloseRequested } from '../../domain/records.ts';
import type { Progress } from '../work.ts';
import type { Published } from './command-outcomes.ts';
import type { UnreportedCommands } from './unreported-commands.ts';

export type PublishDeps = {
  /** Resolves with the position of each command, in order. */
  readonly publish: (commands: readonly RunCloseRequested[]) => Promise<readonly Published['position'][]>;
  /** True if this failure of `publish` means that none of the commands is in the log. */
  readonly isNotSent: (failure: unknown) => boolean;
  readonly unreported: UnreportedCommands;
  readonly progress: Progress;
};

const PUBLISHED_AT_ONCE = 1_000;

/** Publishes the commands in portions, and yields each with its position. */
export async function* publishCommands(
  { publish, isNotSent, unreported, progress }: PublishDeps,
  commands: readonly RunCloseRequested[],
): AsyncGenerator<Published, void, undefined> {
  try {
    for (let done = 0; done < commands.length; done += PUBLISHED_AT_ONCE) {
      const portion = commands.slice(done, done + PUBLISHED_AT_ONCE);
      unreported.sent(portion);
      const positions = await publish(portion).catch((failure: unknown) => {
        if (isNotSent(failure)) unreported.notSent(portion);
        throw failure;
      });
      progress.set(done + portion.length);
      const published = portion.flatMap((command, index): Published[] => {
        const position = positions[index];
        return position === undefined ? [] : [{ command, position }];
      });
      for (const each of published) unreported.published(each);
      yield* published;
    }
  } finally {
    progress.stop();
  }
}
