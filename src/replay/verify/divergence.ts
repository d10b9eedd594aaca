/** One difference between what a replay expects and what it found. */
export type Divergence = {
  readonly code: DivergenceCode;
  readonly channelId: string | null;
  readonly runId: string | null;
  readonly commandId: string | null;
  /** The position of the command's record: topic/partition/offset; null for a ledger. */
  readonly source: string | null;
  /** Where the difference shows: `run.closed/3@88`, `decision`, `ledger`. */
  readonly where: string;
  readonly field: string;
  readonly expected: unknown;
  readonly found: unknown;
};

export type DivergenceCode =
  | 'EVENT_MISSING'
  | 'EVENT_UNEXPECTED'
  | 'EVENT_DOUBLED'
  | 'EVENT_OUT_OF_ORDER'
  | 'EVENT_ALTERED'
  | 'DECISION_MISSING'
  | 'DECISION_UNEXPECTED'
  | 'DECISION_ALTERED'
  | 'LEDGER_MISSING'
  | 'LEDGER_UNEXPECTED'
  | 'LEDGER_ALTERED';

/** All divergences. Every one is counted; the first ones are listed in full. */
export type Divergences = {
  add(divergence: Divergence): void;
  /** Adds divergences that were found elsewhere. */
  merge(others: Pick<Divergences, 'listed' | 'counts'>): void;
  readonly listed: readonly Divergence[];
  readonly counts: ReadonlyMap<DivergenceCode, number>;
  total(): number;
};

/** @param limit how many divergences are listed */
export const createDivergences = (limit: number): Divergences => {
  const listed: Divergence[] = [];
  const counts = new Map<DivergenceCode, number>();
  return {
    listed,
    counts,
    add: (divergence) => {
      counts.set(divergence.code, (counts.get(divergence.code) ?? 0) + 1);
      if (listed.length < limit) listed.push(divergence);
    },
    merge: (others) => {
      listed.push(...others.listed.slice(0, limit - listed.length));
      for (const [code, count] of others.counts) counts.set(code, (counts.get(code) ?? 0) + count);
    },
    total: () => [...counts.values()].reduce((sum, count) => sum + count, 0),
  };
};
