import { positionText } from '../../wire/position.ts';
import { createChannelLedgers, type FoldedLedger } from '../channel-ledgers.ts';
import type { PolicyVersion } from '../history.ts';
import type { DecisionPlace, LedgerSnapshot } from '../ports.ts';
import { unexpected } from './compare-decisions.ts';
import { compareLedgers } from './compare-ledgers.ts';
import { createDivergences, type Divergence, type DivergenceCode } from './divergence.ts';
import type { Forgettings, Outcomes, Verification } from './verification.ts';

export type VerifyReport = {
  readonly commands: number;
  readonly outcomes: Outcomes;
  readonly channels: number;
  readonly compared: { readonly events: number; readonly decisions: number; readonly ledgers: number };
  readonly forgotten: Forgettings;
  readonly divergences: number;
  readonly counts: Readonly<Partial<Record<DivergenceCode, number>>>;
  /** The first divergences, up to the limit. */
  readonly listed: readonly Divergence[];
};

/** The verification of some of the partitions, and the ledgers of their channels. */
export type VerifiedPart = { readonly verification: Verification; readonly ledgers: readonly FoldedLedger[] };

export type ReportDeps = {
  readonly policies: readonly PolicyVersion[];
  /** The ledgers at the moment up to which the history was read; null: there is no snapshot. */
  readonly snapshot: LedgerSnapshot | null;
  readonly topic: string;
  /** Decisions on records that no processor has reached yet. */
  readonly ahead: readonly DecisionPlace[];
  readonly channelId: string | undefined;
  readonly limit: number;
};

/** Combines the parts, and compares their ledgers with the snapshot. */
export const reportOf = (
  parts: readonly VerifiedPart[],
  { policies, snapshot, topic, ahead, channelId, limit }: ReportDeps,
): VerifyReport => {
  const divergences = createDivergences(limit);
  for (const { verification } of parts) divergences.merge(verification.divergences);
  const isIncluded = (id: string): boolean => channelId === undefined || id === channelId;
  for (const row of ahead.filter((each) => isIncluded(each.channelId)))
    divergences.add(unexpected(row, positionText({ ...row, topic })));
  const folded = parts.flatMap(({ ledgers }) => ledgers).filter((ledger) => isIncluded(ledger.channelId));
  if (snapshot !== null) {
    const ledgers = createChannelLedgers(policies, folded);
    for (const divergence of compareLedgers(ledgers, snapshot, isIncluded)) divergences.add(divergence);
  }
  const sumOf = (of: (verification: Verification) => number): number =>
    parts.reduce((total, { verification }) => total + of(verification), 0);
  return {
    commands: sumOf(({ commands }) => commands),
    outcomes: {
      closed: sumOf(({ outcomes }) => outcomes.closed),
      rejected: sumOf(({ outcomes }) => outcomes.rejected),
      duplicates: sumOf(({ outcomes }) => outcomes.duplicates),
      deadLetters: sumOf(({ outcomes }) => outcomes.deadLetters),
    },
    channels: folded.length,
    compared: {
      events: sumOf(({ events }) => events),
      decisions: sumOf(({ decisions }) => decisions),
      ledgers: snapshot === null ? 0 : folded.length,
    },
    forgotten: {
      everybody: sumOf(({ forgotten }) => forgotten.everybody),
      somePeople: sumOf(({ forgotten }) => forgotten.somePeople),
    },
    divergences: divergences.total(),
    counts: Object.fromEntries(divergences.counts),
    listed: divergences.listed,
  };
};
