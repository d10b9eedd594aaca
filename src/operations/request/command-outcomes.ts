import type { RunCloseRequested } from '../../domain/records.ts';
import type { OutcomeWatch } from '../../kafka/outcomes/outcome-watch.ts';
import type { CommandOutcome } from '../../kafka/outcomes/outcome.ts';
import type { RecordPosition } from '../../kafka/produce/publisher.ts';

/** The position of a command in the log, and the fields that the publisher may have filled in. */
type Position = RecordPosition & Pick<RunCloseRequested, 'commandId' | 'requestedAt'>;

/** A command and its position in the log. */
export type Published = { readonly command: RunCloseRequested; readonly position: Position };

export type Outcome = CommandOutcome | { readonly outcome: 'timeout' };

/** Yields each command once, as soon as its outcome is known. When the signal is aborted, yields `timeout` for the other commands. */
export type FollowOutcomes = (
  published: readonly Published[],
  signal: AbortSignal,
) => AsyncGenerator<readonly [Published, Outcome], void, undefined>;

/** Call this before publishing: it remembers where the outputs end, and the outcomes are searched from there. */
export const createFollowOutcomes = async (
  watch: Pick<OutcomeWatch, 'begin' | 'outcomeOf'>,
): Promise<FollowOutcomes> => {
  const since = await watch.begin();

  return async function* (published, signal) {
    const settled: (readonly [Published, Outcome])[] = [];
    let pending = published.length;
    let failure: { readonly thrown: unknown } | undefined;
    let wake: () => void = () => undefined;

    const follow = async (each: Published): Promise<void> => {
      try {
        const { channelId, commandId } = each.command;
        const { partition, offset } = each.position;
        const command = { channelId, commandId, partition, offset };
        const outcome = await watch.outcomeOf(command, since, signal);
        settled.push([each, outcome ?? { outcome: 'timeout' }]);
      } catch (thrown) {
        failure ??= { thrown };
      }
      wake();
    };
    for (const each of published) void follow(each);

    while (pending > 0) {
      const woken = new Promise<void>((resolve) => {
        wake = resolve;
      });
      for (const each of settled.splice(0)) {
        pending--;
        yield each;
      }
      if (failure !== undefined) throw failure.thrown;
      if (pending > 0 && settled.length === 0) await woken;
    }
  };
};
