import type { ShadowTotals } from '../../../postgres/rebuild/shadow-totals.ts';
import type { Divergences } from '../../../replay/verify/divergence.ts';
import type { Colors } from '../../frame/output.ts';
import { count, figure } from '../../text/count.ts';
import { countsText, differencesText } from '../verify-text.ts';

/** What a rebuild came to. */
export type RebuildReport = {
  readonly totals: ShadowTotals;
  /** The only channel that was rebuilt; null: all were. */
  readonly channelId: string | null;
  /** How often what was emitted then is not what is decided now. */
  readonly contradictions: number;
  /** With what is stored. */
  readonly differences: Divergences;
  /** Null: nothing was exchanged. */
  readonly pauseMs: number | null;
  /** How many versions of policies only the file had: the exchange puts them back. */
  readonly policies: number;
  /** What could not be compared, and why. */
  readonly unchecked: readonly string[];
  readonly reportFile: string;
};

export const rebuildText = (report: RebuildReport, colors: Colors): string => {
  const { totals, contradictions, differences, pauseMs, policies, reportFile } = report;
  const { channels, closed, rejected, duplicates } = totals;
  const lines = [
    `Rebuilt: ${count(channels, 'ledger')} from ${count(closed, 'closed run')}, ${count(rejected, 'rejection')} and ${count(duplicates, 'duplicate')}.`,
    contradictions === 0
      ? colors.green('What was emitted then is what is decided now.')
      : colors.red(`${count(contradictions, 'time')} what was emitted then is not what is decided now.`),
    differences.total() === 0
      ? colors.green('What is stored is what was rebuilt.')
      : colors.red(
          `What is stored is not what was rebuilt: ${countsText(differences.total(), differences.counts)}`,
        ),
  ];
  if (contradictions + differences.total() > 0) lines.push(`All of them stand in ${reportFile}.`);
  lines.push(...report.unchecked.map((what) => colors.yellow(`Not checked: ${what}.`)));
  if (policies > 0)
    lines.push(
      pauseMs === null
        ? `Only in the file: ${count(policies, 'version')} of policies, which the exchange puts back.`
        : `Put back from the file: ${count(policies, 'version')} of policies.`,
    );
  if (pauseMs !== null)
    lines.push(colors.green(`Exchanged. The processors were held up for ${figure(Math.round(pauseMs))} ms.`));
  const listed = differencesText(differences.listed, colors);
  return [...(listed === '' ? [] : [listed, '']), ...lines].join('\n');
};

export const rebuildJson = ({
  totals,
  channelId,
  contradictions,
  differences,
  pauseMs,
  policies,
  unchecked,
  reportFile,
}: RebuildReport): object => ({
  kind: 'summary',
  ...totals,
  channelId,
  contradictions,
  differences: differences.total(),
  counts: Object.fromEntries(differences.counts),
  exchanged: pauseMs !== null,
  pauseMs,
  policiesOfFile: policies,
  unchecked,
  reportFile,
});
