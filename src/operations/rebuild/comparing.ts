import type { Database } from '../../postgres/pool.ts';
import { compareStored } from '../../postgres/rebuild/compare-stored.ts';
import {
  readContradictions,
  readShadowTotals,
  type ShadowTotals,
} from '../../postgres/rebuild/shadow-totals.ts';
import { compareLedgers } from '../../replay/verify/compare-ledgers.ts';
import { createDivergences, type Divergence, type Divergences } from '../../replay/verify/divergence.ts';
import { channelUnknown } from '../refusals.ts';
import type { Building, BuildingDeps, OneMoment } from './building.ts';

/** Records every finding of a rebuild, without a limit. */
export interface Findings {
  add(kind: 'contradiction' | 'difference', divergence: Divergence): Promise<void>;
}

/** A finished rebuild. `begins`: by partition, the offset from which commands were decided again; decisions before it were taken over. */
export type Built = {
  readonly deps: BuildingDeps;
  readonly building: Building;
  readonly begins: Readonly<Record<string, number>>;
};

/** Emitted events that differ from the rebuilt decisions. */
export type Contradictions = {
  /** Reports the contradictions that were found since the last call, each once. */
  report(): Promise<void>;
  /** The reported ones. */
  readonly found: Divergences;
};

/** @param limit how many contradictions are listed */
export const createContradictions = (shadow: Database, findings: Findings, limit: number): Contradictions => {
  const divergences = createDivergences(limit);
  let last = 0;
  return {
    found: divergences,
    report: async () => {
      for await (const { id, divergence } of readContradictions(shadow, last)) {
        await findings.add('contradiction', divergence);
        divergences.add(divergence);
        last = id;
      }
    },
  };
};

/** Compares the rebuild with what is stored and with what was emitted, and reports every difference. */
export const compareRebuilt = async (
  built: Built,
  contradictions: Contradictions,
  findings: Findings,
  limit: number,
): Promise<{ readonly totals: ShadowTotals; readonly differences: Divergences }> => {
  const { building, deps } = built;
  const { shadow, schema, channelId } = deps;
  const differences = createDivergences(limit);
  const moment = await building.toOneMoment();
  for await (const difference of allDifferences(built, moment)) {
    differences.add(difference);
    await findings.add('difference', difference);
  }
  const totals = await readShadowTotals(shadow);
  await contradictions.report();
  // Reject, because people would believe "no difference" about a misspelt channel.
  const isKnown = moment.stored.ledgers.some((ledger) => ledger.channelId === channelId);
  const total = totals.channels + differences.total() + contradictions.found.total();
  if (channelId !== null && !isKnown && total === 0) {
    await schema.drop();
    throw channelUnknown(`nothing was ever decided in channel ${channelId}: check the id`);
  }
  return { totals, differences };
};

/** Compares the rebuilt and the stored state of one moment. */
async function* allDifferences(
  { deps, building, begins }: Built,
  { stored, rebuilt }: OneMoment,
): AsyncGenerator<Divergence, void, undefined> {
  const { source, shadow, channelId } = deps;
  const scope = { clusterId: source.clusterId, topic: source.topic };
  for (const [partition, to] of building.positions()) {
    const from = begins[String(partition)] ?? 0;
    for await (const page of compareStored(shadow, scope, { partition, from, to, channelId })) yield* page;
  }
  yield* compareLedgers(rebuilt, stored, (id) => channelId === null || id === channelId);
}
