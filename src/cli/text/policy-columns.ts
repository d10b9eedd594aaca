import { POLICY_NAMES, type PolicyName } from '../../domain/channel-policy.ts';
import type { RankingEntry } from '../../domain/records.ts';
import type { LedgerLine } from '../../operations/fairness/channel-view.ts';
import type { Column } from './table.ts';

/** The columns of a policy's own number. Empty for a policy that uses the balance or the last run: every table has those columns. */
type PolicyColumns = {
  /** In the ranking of a run. */
  readonly ranking: (runsInWindow: number) => readonly Column<RankingEntry>[];
  /** In the ledger of a channel. */
  readonly ledger: (runsInWindow: number) => readonly Column<LedgerLine>[];
};

const none = (): readonly [] => [];

const inWindow = (runsInWindow: number): readonly [Column<{ readonly servedInWindow: number }>] => [
  {
    title: `in last ${String(runsInWindow)}`,
    align: 'right',
    cell: ({ servedInWindow }) => servedInWindow,
  },
];

const COLUMNS: Readonly<Record<PolicyName, PolicyColumns>> = {
  'fair-share': { ranking: none, ledger: none },
  'fair-share-weighted': {
    ranking: () => [{ title: 'drinks', align: 'right', cell: ({ quantity }) => quantity }],
    ledger: none,
  },
  'least-recent': { ranking: none, ledger: none },
  'window-count': { ranking: inWindow, ledger: inWindow },
};

/** @param policy of an event, so it may be the policy of a newer version, which has no columns here */
export const policyColumns = (policy: string): PolicyColumns => {
  const name = POLICY_NAMES.find((known) => known === policy);
  return name === undefined ? { ranking: none, ledger: none } : COLUMNS[name];
};
