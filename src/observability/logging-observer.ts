import type { Observer } from '../processor/ports/observer.ts';
import type { Logger } from './logging.ts';

/** Logs what is out of the ordinary: nothing for a batch that went through without a dead letter. */
export const createLoggingObserver = (logger: Logger): Observer => {
  /** A stopped partition asks again every few seconds; only news is logged. */
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
        'decided again what Postgres had lost: equal to what was emitted',
      );
    },
    retrying({ partition, attempt, failure }) {
      if (isPowerOfTwo(attempt)) logger.warn({ partition, attempt, err: failure }, 'trying the batch again');
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
      logger.info({ partition }, 'the partition goes on');
    },
  };
};

/** An outage of an hour is some dozen lines, not thousands. */
const isPowerOfTwo = (attempt: number): boolean => (attempt & (attempt - 1)) === 0;
