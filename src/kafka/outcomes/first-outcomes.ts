/**
 * Searches for the outcomes of the first publications of duplicates, and tells each duplicate. A first outcome may not be readable yet: a
 * partition has no leader for a moment, an open transaction holds records back, or a broker that has just started does not know how far its
 * log is committed. So a search is repeated until each command is told or waits no longer. A duplicate is told early that its first outcome
 * is gone if two searches say so. A command in doubt is never told so: its own outcome may be what is gone.
 */
import type { Failure } from '../../processor/failure.ts';
import type { Pacer } from '../../processor/ports/breakers.ts';
import type { FirstsFound, PastOutcomes } from './past-outcomes.ts';
import type { Waiting } from './waiting-commands.ts';

export type FirstOutcomes = {
  /** Never rejects. */
  search(commands: readonly Waiting[]): void;
  /** Call this after `stopping` is aborted. Tells duplicates that they are duplicates, and rejects commands in doubt. */
  close(failure: Failure): void;
};

export type FirstOutcomesDeps = {
  readonly past: Pick<PastOutcomes, 'firsts'>;
  readonly pacer: Pacer;
  readonly stopping: AbortSignal;
};

/** Commands that are searched together, and where the outputs ended at their first search. */
type Search = {
  readonly entries: Waiting[];
  readonly ends: Map<string, number>;
  tried: number;
  gone: number;
};

/** A search for an outcome that is gone reads the outputs whole, and would hold up the others. */
const MAX_SEARCHES_AT_ONCE = 4;

export const createFirstOutcomes = ({ past, pacer, stopping }: FirstOutcomesDeps): FirstOutcomes => {
  /** In turn, so that new searches and repeated ones do not hold up each other. At most one of them is new. */
  const due: Search[] = [];
  const open = new Set<Search>();
  let running = 0;

  const run = async (search: Search): Promise<FirstsFound> => {
    const waiting = search.entries.filter(({ isSettled }) => !isSettled);
    if (waiting.length === 0) return 'all found';
    try {
      return await past.firsts(
        waiting.map(({ command }) => command),
        stopping,
        (index, outcome) => waiting[index]?.settle(outcome),
        search.ends,
      );
    } catch {
      return 'not yet';
    }
  };

  const start = async (): Promise<void> => {
    if (running === MAX_SEARCHES_AT_ONCE || stopping.aborted) return;
    const search = due.shift();
    if (search === undefined) return;
    running++;
    const result = await run(search);
    running--;
    if (result === 'gone') search.gone++;
    if (search.gone >= 2) settleDuplicates(search.entries);
    if (search.entries.every(({ isSettled }) => isSettled)) open.delete(search);
    else void repeat(search);
    void start();
  };

  const repeat = async (search: Search): Promise<void> => {
    await pacer.beforeRetry(++search.tried);
    due.push(search);
    void start();
  };

  return {
    search: (commands) => {
      if (commands.length === 0) return;
      const isNew = ({ tried }: Search): boolean => tried === 0;
      const search = due.find(isNew) ?? { entries: [], ends: new Map<string, number>(), tried: 0, gone: 0 };
      if (search.entries.length === 0) due.push(search);
      search.entries.push(...commands);
      open.add(search);
      void start();
    },
    close: (failure) => {
      for (const { entries } of open) {
        settleDuplicates(entries);
        for (const entry of entries) if (!entry.isSettled) entry.fail(failure);
      }
    },
  };
};

const settleDuplicates = (entries: readonly Waiting[]): void => {
  for (const entry of entries)
    if (entry.isDuplicate && !entry.isSettled) entry.settle({ outcome: 'duplicate', first: undefined });
};
