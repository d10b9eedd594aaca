import type { Hindrance, PartitionContent } from '../../kafka/read/hindrances.ts';
import type { Logger } from '../../observability/logging.ts';

export type HindranceLog = {
  /** Call this after every check of the brokers. */
  seen(contents: readonly PartitionContent[]): void;
};

/**
 * Logs once why the records or the events of a partition cannot be read, and once that they can be read again. Transactions and elections
 * that end between two checks are not logged.
 */
export const createHindranceLog = (logger: Pick<Logger, 'error' | 'info'>): HindranceLog => {
  /** The key names the partition of the input or of an output that cannot be read. */
  let known: ReadonlyMap<string, Known> = new Map();

  const logOnce = (partition: number, { where, code, from, message }: Hindrance): Known => {
    const what = `${code} at ${String(from)}`;
    const before = known.get(where);
    if (before?.what !== what) return { partition, what, isTold: false };
    if (!before.isTold) logger.error({ partition, code }, message);
    return { partition, what, isTold: true };
  };

  return {
    seen: (contents) => {
      const seen = new Map(
        contents.flatMap(({ partition, hindrances }) =>
          hindrances.map((each) => [each.where, logOnce(partition, each)] as const),
        ),
      );
      const present = new Set(contents.map(({ partition }) => partition));
      for (const [where, { partition, isTold }] of known)
        if (isTold && present.has(partition) && !seen.has(where))
          logger.info({ partition }, `${where} can be read again`);
      known = seen;
    },
  };
};

type Known = { readonly partition: number; readonly what: string; readonly isTold: boolean };
