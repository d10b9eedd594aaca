import type { TopicPartition } from '../kafka/records/log-record.ts';
import { keyOf } from '../kafka/topics/partition-offsets.ts';
import type { Failure } from '../processor/failure.ts';

/** What to do with an event whose handler keeps failing. Failures of Kafka, of the registry and of `remember` do not count: they pass. */
export type HandlerRetries =
  /** Ends the subscriber: `run` rejects with `HANDLER_FAILED`, and the group resumes at the event. */
  | { readonly attempts: number; readonly then: 'stop' }
  /** Writes the event to a topic of your own, and continues with the next one. */
  | { readonly attempts: number; readonly then: 'park'; readonly topic: string };

type Position = TopicPartition & { readonly offset: number };

/** Counts how often the handler of the event at the head of each partition has failed in this process. */
export type FailureCounts = {
  add(at: Position, failure: Failure): void;
  /** The last failure of this event if its handler has failed too often; otherwise undefined. */
  finalFailure(at: Position): Failure | undefined;
  /** If the event is delivered again, its attempts are counted from 0 again. */
  forget(at: Position): void;
};

/** @param attempts undefined: no event fails too often */
export const createFailureCounts = (attempts: number | undefined): FailureCounts => {
  const counts = new Map<
    string,
    { readonly offset: number; readonly count: number; readonly last: Failure }
  >();
  return {
    add: (at, last) => {
      const known = counts.get(keyOf(at));
      const count = known?.offset === at.offset ? known.count + 1 : 1;
      counts.set(keyOf(at), { offset: at.offset, count, last });
    },
    finalFailure: (at) => {
      const known = counts.get(keyOf(at));
      return known?.offset === at.offset && known.count >= (attempts ?? Infinity) ? known.last : undefined;
    },
    forget: (at) => {
      counts.delete(keyOf(at));
    },
  };
};
