import type { Observer } from '../processor/ports/observer.ts';
import type { Logger } from './logging.ts';

/** Logs only unusual events: an ordinary batch logs nothing. */
export const createLoggingObserver = (logger: Logger): Observer => {
  /** The last alarm of each stopped partition: a partition raises its alarm again every few seconds, and only changes are logged. */
  const standing = new Map<number, string>();
  return {
    batchDone({ partition, end, outcomes: { deadLetter } }) {
      if (deadLetter > 0) {
        logger.warn(
          { partition, end, deadLetters: deadLetter },
          'records became dead letters: they cannot be decoded',
        );
      }
    },
    foldedAgain({ partition, first, end }) {
      logger.warn(
        { partition, first, end },
        'decided the records again that Postgres had lost; the decisions equal the emitted events',
      );
    },
    retrying({ partition, attempt, failure }) {
      if (isPowerOfTwo(attempt)) logger.warn({ partition, attempt, err: failure }, 'retrying the batch');
    },
    reconciled({ partition, epoch, start, cause }) {
      logger.info({ partition, epoch, start, cause }, 'took the partition over');
    },
    alarmed(partition, { code, message }) {
      if (standing.get(partition) !== message) logger.error({ partition, code }, message);
      standing.set(partition, message);
    },
    resumed(partition) {
      standing.delete(partition);
      logger.info({ partition }, 'the partition continues');
    },
  };
};

/** Logs retries at powers of two only, so that an outage of an hour logs some dozen lines, not thousands. */
const isPowerOfTwo = (attempt: number): boolean => (attempt & (attempt - 1)) === 0;
