import { UNIT } from '../../domain/ledger.ts';
import { ago } from '../../domain/words/ago.ts';
import { createNames } from '../../domain/words/names.ts';
import type { ChannelView, LedgerLine } from '../../operations/fairness/channel-view.ts';
import type { Colors } from '../frame/output.ts';
import { policyColumns } from './policy-columns.ts';
import { SHARE_COLUMNS } from './runs.ts';
import { table } from './table.ts';

/** A table of the ledger, with names beside ids, and a bar that shows who owes runs and who is ahead. */
export const ledgerTable = (view: ChannelView, colors: Colors): string => {
  const { policy, runsInWindow, sequence, lines } = view;
  const nameOf = createNames(lines);
  const hasNames = lines.some((line) => nameOf(line) !== line.userId);
  const fullBar = fullBarOf(lines);
  return table<LedgerLine>(
    [
      { title: 'who', cell: nameOf },
      ...(hasNames ? [{ title: 'id', cell: ({ userId }: LedgerLine) => userId }] : []),
      ...policyColumns(policy).ledger(runsInWindow),
      ...SHARE_COLUMNS,
      { title: 'owes │ ahead', cell: (line) => bar(line.balance, fullBar) },
      { title: 'last went', cell: (line) => ago(sequence, line) },
    ],
    lines,
    colors,
  );
};

const CELLS = 5;

/** The balance that fills a bar, in units: the largest balance, but at least one run, so that small differences look small. */
export const fullBarOf = (lines: readonly LedgerLine[]): number =>
  lines.reduce((most, { balance: units }) => Math.max(most, Math.abs(units)), UNIT);

/** Draws a balance: "  ▇▇▇│     " owes runs. A balance that is not 0 has at least one cell. */
const bar = (units: number, fullBar: number): string => {
  const cells = Math.ceil((Math.abs(units) / fullBar) * CELLS);
  const filled = '▇'.repeat(cells);
  const [left, right] = units < 0 ? [filled, ''] : ['', filled];
  return `${left.padStart(CELLS)}│${right.padEnd(CELLS)}`;
};
