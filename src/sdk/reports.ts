import { count } from '../domain/words/count.ts';
import type { Gap } from '../kafka/consume/partition-lanes.ts';
import type { TopicPartition } from '../kafka/records/log-record.ts';
import type { Failure } from '../processor/failure.ts';
import type { HandledRecord } from './event-delivery.ts';
import type { WarningLogger } from './warnings.ts';

/** A failure after which the subscriber tries again. */
export type Retry = {
  /** A failure of Kafka or the registry, or a transient `HANDLER_FAILED` around the error that a handler threw. */
  readonly failure: Failure;
  /** From 1. */
  readonly attempt: number;
  /** The only partition that waits, and the failed offset (null: before its first record). Null: all partitions wait. */
  readonly waiting: (TopicPartition & { readonly offset: number | null }) | null;
};

export type Reports = {
  retry(retry: Retry): void;
  gap(gap: Gap): Promise<void>;
  parked(failure: Failure, attempts: number, topic: string): void;
  /** Handlers that run at present. Call this once a minute: it warns of those that have run for 1, 2, 4, 8 minutes and so on. */
  running(handled: readonly HandledRecord[]): void;
  /** Handlers that have not answered when the subscriber stopped. */
  unfinished(handled: readonly HandledRecord[]): void;
};

export type ReportsDeps = {
  readonly logger: WarningLogger;
  readonly groupId: string;
  readonly onRetry: ((retry: Retry) => void) | undefined;
  readonly onGap: ((gap: Gap) => Promise<void> | void) | undefined;
};

/** Logs a warning if there is no listener, so that no partition waits silently and no event is lost silently. */
export const createReports = ({ logger, groupId, onRetry, onGap }: ReportsDeps): Reports => ({
  retry: (retry) => {
    if (onRetry === undefined) {
      if (isPowerOfTwo(retry.attempt)) logger.warn({ groupId, ...factsOf(retry) }, retryInWords(retry));
      return;
    }
    try {
      onRetry(retry);
    } catch (error) {
      logger.warn({ groupId, err: error }, `onRetry threw an error: ${String(error)}`);
    }
  },
  gap: async (gap) => {
    if (onGap === undefined) logger.warn({ groupId, ...gap }, gapInWords(gap, groupId));
    else await onGap(gap);
  },
  parked: (failure, attempts, topic) => {
    const facts = { groupId, code: failure.code, topic, err: failure };
    logger.warn(facts, `${failure.message}; parked in ${topic} after ${count(attempts, 'attempt')}`);
  },
  running: (handled) => {
    for (const { what, since } of handled) {
      const minutes = Math.floor((performance.now() - since) / 60_000);
      if (minutes === 0 || !isPowerOfTwo(minutes)) continue;
      const message = `the handler of ${what} has been running for ${count(minutes, 'minute')}: its partition waits, the others continue`;
      logger.warn({ groupId }, message);
    }
  },
  unfinished: (handled) => {
    for (const { what, since } of handled) {
      const seconds = Math.round((performance.now() - since) / 1_000);
      const message = `stopped while the handler of ${what} was still running, after ${count(seconds, 'second')}: the event will be delivered again`;
      logger.warn({ groupId }, message);
    }
  },
});

/** Warnings at powers of two only: a partition that waits for days must not fill a disk. */
const isPowerOfTwo = (n: number): boolean => (n & (n - 1)) === 0;

const factsOf = ({ failure, attempt, waiting }: Retry): object => ({
  ...waiting,
  code: failure.code,
  attempt,
  err: failure,
});

const retryInWords = ({ failure, attempt, waiting }: Retry): string => {
  const who =
    waiting === null
      ? 'all partitions wait'
      : `${waiting.topic}/${waiting.partition} waits, the others continue`;
  return `${failure.message} (attempt ${attempt}; ${who})`;
};

const gapInWords = ({ topic, partition, reached, continuesAt }: Gap, groupId: string): string => {
  const what = `group ${groupId} had reached offset ${reached} of ${topic}/${partition}`;
  return continuesAt > reached
    ? `${what}, but the log begins at ${continuesAt}: Kafka has deleted ${count(continuesAt - reached, 'offset')} that the group never handled. The subscriber continues at ${continuesAt}`
    : `${what}, but the log ends before it: the topic was deleted and created again, or was cut. The subscriber continues at ${continuesAt}`;
};
