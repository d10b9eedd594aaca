import type { PartitionContent } from '../../kafka/input-log.ts';
import type { Logger } from '../../observability/logging.ts';

export type HindranceLog = {
  /** Told after every look at the brokers. */
  seen(contents: readonly PartitionContent[]): void;
};

/**
 * Logs once why the records of a partition cannot be read, and once that they can be read again. Transactions and elections that end
 * between two looks are not logged.
 */
export const createHindranceLog = (logger: Pick<Logger, 'error' | 'info'>): HindranceLog => {
  const known = new Map<number, { readonly what: string; isTold: boolean }>();

  const see = ({ partition, hindrance }: PartitionContent): void => {
    const before = known.get(partition);
    if (hindrance === null) {
      known.delete(partition);
      if (before?.isTold === true) logger.info({ partition }, 'the partition can be read again');
      return;
    }
    const what = `${hindrance.code} at ${String(hindrance.from)}`;
    if (before?.what !== what) {
      known.set(partition, { what, isTold: false });
      return;
    }
    if (before.isTold) return;
    before.isTold = true;
    logger.error({ partition, code: hindrance.code }, hindrance.message);
  };

  return {
    seen: (contents) => {
      const present = new Set(contents.map(({ partition }) => partition));
      for (const partition of known.keys()) if (!present.has(partition)) known.delete(partition);
      contents.forEach(see);
    },
  };
};
