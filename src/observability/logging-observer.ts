import { failureOf } from '../processor/failure.ts';
import type { Observer } from '../processor/ports/observer.ts';
import { decisionLine } from './decision-line.ts';
import type { Logger } from './logging.ts';

/** `each`: for a person who watches `serve`. `none`: an ordinary batch logs nothing. */
export type DecisionLog = 'each' | 'none';

export type LoggingObserverOptions = {
  /** The input topic, with its prefix. */
  readonly topic: string;
  readonly decisions: DecisionLog;
};

const NOTABLE_ATTEMPTS = 4;
const MAX_OFFSETS = 10;

/** Logs only unusual events, unless each decision is wanted. */
export const createLoggingObserver = (
  logger: Logger,
  { topic, decisions }: LoggingObserverOptions,
): Observer => {
  /** The last alarm of each stopped partition: a partition raises its alarm again every few seconds, and only changes are logged. */
  const standing = new Map<number, string>();
  return {
    batchDone({ partition, first, end, outcomes: { deadLetter }, traceId, decided = () => [] }) {
      if (decisions === 'each') {
        for (const each of decided()) {
          const facts = { ...traced(traceId), topic, partition, decision: each.outcome, ...each };
          logger.info(facts, decisionLine(each, `${topic}/${String(partition)}`));
        }
      }
      if (deadLetter > 0) {
        const offsets = decided()
          .filter(({ outcome }) => outcome === 'dead-letter')
          .map(({ offset }) => offset);
        logger.warn(
          {
            ...traced(traceId),
            topic,
            partition,
            first,
            end,
            deadLetters: deadLetter,
            offsets: offsets.slice(0, MAX_OFFSETS),
          },
          'records became dead letters: `runclose dlq list` shows why',
        );
      }
    },
    foldedAgain({ partition, first, end }) {
      logger.warn(
        { topic, partition, first, end },
        'decided the records again that Postgres had lost; the decisions equal the emitted events',
      );
    },
    retrying({ partition, first, end, attempt, failure, traceId }) {
      if (!isPowerOfTwo(attempt)) return;
      const facts = { ...traced(traceId), topic, partition, first, end, attempt, err: failure };
      // Being fenced is a part of every rebalance, and most failures pass with the first retries.
      const isOrdinary = failureOf(failure).kind === 'fenced' || attempt < NOTABLE_ATTEMPTS;
      if (isOrdinary) logger.info(facts, 'retrying the batch');
      else logger.warn(facts, 'still retrying the batch');
    },
    reconciled({ partition, epoch, start, cause }) {
      logger.info({ topic, partition, epoch, start, cause }, 'took the partition over');
    },
    alarmed(partition, { code, message }) {
      if (standing.get(partition) !== message) logger.error({ topic, partition, code }, message);
      standing.set(partition, message);
    },
    resumed(partition) {
      standing.delete(partition);
      logger.info({ topic, partition }, 'the partition continues');
    },
  };
};

/** The name is OpenTelemetry's, so that log viewers find the trace. */
const traced = (traceId: string | undefined) => (traceId === undefined ? {} : { trace_id: traceId });

/** Logs retries at powers of two only, so that an outage of an hour logs some dozen lines, not thousands. */
const isPowerOfTwo = (attempt: number): boolean => (attempt & (attempt - 1)) === 0;
