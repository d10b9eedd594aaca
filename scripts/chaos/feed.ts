import { setTimeout as sleep } from 'node:timers/promises';
import type { UpstreamPublisher } from './stream/publisher.ts';
import type { Stream } from './stream/stream.ts';

/** Publishes the stream in step with the faults, so that each fault meets batches in flight. */
export interface Feed {
  readonly published: () => number;
  readonly abortedCommandIds: ReadonlySet<string>;
  /** Allows this many more records, spread over some seconds. */
  release: (records: number) => void;
  /** Publishes the remaining records as fast as possible, then the stream's last portion; resolves when everything is published. */
  finish: () => Promise<void>;
}

const SECONDS_PER_RELEASE = 3;
const MILLISECONDS_TO_LOOK = 25;

export const startFeed = (stream: Stream, publisher: UpstreamPublisher, signal: AbortSignal): Feed => {
  const abortedCommandIds = new Set<string>();
  let published = 0;
  let released = 0;
  let perSecond = 1;
  let pace: 'in step' | 'as fast as it goes' = 'in step';

  const run = async (): Promise<void> => {
    for (;;) {
      signal.throwIfAborted();
      if (pace === 'in step' && published >= released) {
        await sleep(MILLISECONDS_TO_LOOK, undefined, { signal });
        continue;
      }
      const portion = stream.next();
      if (portion === undefined) return;
      for (const id of portion.abortedCommandIds) abortedCommandIds.add(id);
      const startedAt = Date.now();
      await publisher.publish(portion);
      published += portion.records.length - portion.abortedCommandIds.length;
      const due = startedAt + (1000 * portion.records.length) / perSecond;
      if (pace === 'in step' && due > Date.now()) await sleep(due - Date.now(), undefined, { signal });
    }
  };
  const running = run();
  // `finish` awaits this promise. Until then, a failure must not end the process.
  running.catch(() => undefined);

  return {
    published: () => published,
    abortedCommandIds,
    release: (records) => {
      released += records;
      perSecond = Math.max(1, (released - published) / SECONDS_PER_RELEASE);
    },
    finish: async () => {
      pace = 'as fast as it goes';
      await running;
      const last = stream.last();
      await publisher.publish(last);
      published += last.records.length;
    },
  };
};
