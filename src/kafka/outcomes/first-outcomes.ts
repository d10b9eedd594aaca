/**
 * Searches for the outcomes of the first publications of duplicates, and tells each duplicate. A first outcome may not be readable yet: a
 * partition has no leader for a moment, an open transaction holds records back, or a broker that has just started does not know how far its
 * log is committed. So a search is repeated until each command is told or waits no longer. A duplicate is told early that its first outcome
 * is gone if two searches say so.
 */
import type { Pacer } from '../../processor/ports/breakers.ts';
import type { FirstsFound, PastOutcomes } from './past-outcomes.ts';
import type { Waiting } from './waiting-commands.ts';

export type FirstOutcomes = {
  /** Never rejects. */
  search(duplicates: readonly Waiting[]): void;
  /** Call this after `stopping` is aborted. Tells those who still wait that they are duplicates. */
  close(): void;
};

export type FirstOutcomesDeps = {
  readonly past: Pick<PastOutcomes, 'firsts'>;
  readonly pacer: Pacer;
  readonly stopping: AbortSignal;
};

/** Duplicates that are searched together, and where the outputs ended at their first search. */
type Search = {
  readonly entries: readonly Waiting[];
  readonly ends: Map<string, number>;
  tried: number;
  gone: number;
};

/** A search for an outcome that is gone reads the outputs whole, and would hold up the others. */
const MAX_SEARCHES_AT_ONCE = 4;

export const createFirstOutcomes = ({ past, pacer, stopping }: FirstOutcomesDeps): FirstOutcomes => {
  /** Not searched yet: the next search looks for all of them. */
  let fresh: Waiting[] = [];
  /** To be repeated now. */
  const repeated: Search[] = [];
  const open = new Set<Search>();
  let running = 0;

  const next = (): Search | undefined => {
    const search =
      fresh.length > 0 ? { entries: fresh, ends: new Map(), tried: 0, gone: 0 } : repeated.shift();
    if (fresh.length > 0) fresh = [];
    return search;
  };

  const run = async (search: Search): Promise<FirstsFound> => {
    const waiting = search.entries.filter(({ isSettled }) => !isSettled);
    if (waiting.length === 0) return 'all found';
    try {
      return await past.firsts(
        waiting.map(({ command }) => command),
        stopping,
        (index, first) => waiting[index]?.settle({ outcome: 'duplicate', first }),
        search.ends,
      );
    } catch {
      return 'not yet';
    }
  };

  const start = async (): Promise<void> => {
    if (running === MAX_SEARCHES_AT_ONCE || stopping.aborted) return;
    const search = next();
    if (search === undefined) return;
    open.add(search);
    running++;
    const result = await run(search);
    running--;
    if (result === 'gone') search.gone++;
    if (result === 'all found' || search.gone === 2) {
      settleAll(search.entries);
      open.delete(search);
    } else void repeat(search);
    void start();
  };

  const repeat = async (search: Search): Promise<void> => {
    await pacer.beforeRetry(++search.tried);
    repeated.push(search);
    void start();
  };

  return {
    search: (duplicates) => {
      fresh.push(...duplicates);
      void start();
    },
    close: () => {
      settleAll(fresh);
      for (const { entries } of open) settleAll(entries);
    },
  };
};

const settleAll = (entries: readonly Waiting[]): void => {
  for (const entry of entries) if (!entry.isSettled) entry.settle({ outcome: 'duplicate', first: undefined });
};
