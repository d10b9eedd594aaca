import type { Gap } from '../kafka/partition-lanes.ts';
import type { TopicPartition } from '../kafka/log-record.ts';
import type { Failure } from '../processor/failure.ts';
import type { WarningLogger } from './warnings.ts';

/** Something failed, and will be tried again. */
export type Retry = {
  /** Kafka's, the registry's, or a transient `HANDLER_FAILED` around whatever a handler has thrown. */
  readonly failure: Failure;
  /** From 1. */
  readonly attempt: number;
  /** Which partition waits, and at which offset, null: before its first record. The others go on. Null: all of them wait. */
  readonly waiting: (TopicPartition & { readonly offset: number | null }) | null;
};

export type Reports = {
  retry(retry: Retry): void;
  gap(gap: Gap): Promise<void>;
};

export type ReportsDeps = {
  readonly logger: WarningLogger;
  readonly groupId: string;
  readonly onRetry: ((retry: Retry) => void) | undefined;
  readonly onGap: ((gap: Gap) => Promise<void> | void) | undefined;
};

/** What has no listener is logged as a warning: nothing waits and nothing is missed without a word. */
export const createReports = ({ logger, groupId, onRetry, onGap }: ReportsDeps): Reports => ({
  retry: (retry) => {
    if (onRetry === undefined) {
      if (isPowerOfTwo(retry.attempt)) logger.warn({ groupId, ...factsOf(retry) }, retryInWords(retry));
      return;
    }
    try {
      onRetry(retry);
    } catch (error) {
      logger.warn({ groupId, err: error }, `onRetry has thrown: ${String(error)}`);
    }
  },
  gap: async (gap) => {
    if (onGap === undefined) logger.warn({ groupId, ...gap }, gapInWords(gap, groupId));
    else await onGap(gap);
  },
});

/** A partition that waits for days shall not fill a disk. */
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
      : `${waiting.topic}/${waiting.partition} waits, the others go on`;
  return `${failure.message} (attempt ${attempt}; ${who})`;
};

const gapInWords = ({ topic, partition, reached, continuesAt }: Gap, groupId: string): string => {
  const what = `group ${groupId} had reached offset ${reached} of ${topic}/${partition}`;
  return continuesAt > reached
    ? `${what}, but the log begins at ${continuesAt}: Kafka has deleted ${continuesAt - reached} offsets that the group never handled. It goes on at ${continuesAt}`
    : `${what}, but the log ends before it: the topic was deleted and created again, or was cut. The group goes on at ${continuesAt}`;
};
