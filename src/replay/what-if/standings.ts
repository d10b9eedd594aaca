import { applyInPlace, type PlainLedger } from './plain-ledger.ts';
import { EMPTY_HEAD, type ClosedRun } from '../../domain/ledger.ts';

/** How one person fares in a channel, over all its runs. */
export type Standing = {
  readonly userId: string;
  /** Runs this person ordered in. */
  attended: number;
  /** Runs of the channel since this person was first seen. */
  possible: number;
  made: number;
  /** The sum of 1/k over the runs ordered in, of k people each. */
  fairShare: number;
  /** Runs in a row in which this person ordered and could run, but was not picked: at present, and the most so far. */
  drought: number;
  longestDrought: number;
};

/** A channel under one way of picking: its ledger, and how its people fare. */
export type Standings = {
  readonly ledger: PlainLedger;
  take(run: ClosedRun): void;
  all(): readonly Standing[];
};

export const createStandings = (): Standings => {
  const ledger: PlainLedger = { head: EMPTY_HEAD, members: new Map() };
  const standings = new Map<string, Standing & { readonly since: number }>();
  let runs = 0;

  return {
    ledger,
    take: (run) => {
      const { ranking } = run.fairness;
      for (const { userId, exclusion } of ranking) {
        const standing = standings.get(userId) ?? {
          userId,
          since: runs,
          attended: 0,
          possible: 0,
          made: 0,
          fairShare: 0,
          drought: 0,
          longestDrought: 0,
        };
        standings.set(userId, standing);
        standing.attended += 1;
        standing.fairShare += 1 / ranking.length;
        if (userId === run.runner.userId) {
          standing.made += 1;
          standing.drought = 0;
        } else if (exclusion !== 'CANNOT_RUN') {
          standing.drought += 1;
          standing.longestDrought = Math.max(standing.longestDrought, standing.drought);
        }
      }
      runs += 1;
      applyInPlace(ledger, run);
    },
    all: () => [...standings.values()].map((standing) => ({ ...standing, possible: runs - standing.since })),
  };
};
