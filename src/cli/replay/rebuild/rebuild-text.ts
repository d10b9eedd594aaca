import type { ShadowTotals } from '../../../postgres/rebuild/shadow-totals.ts';
import type { Divergences } from '../../../replay/verify/divergence.ts';
import type { Colors } from '../../frame/output.ts';
import { countsText, differencesText } from '../verify-text.ts';

/** What a rebuild came to. */
export type RebuildReport = {
  readonly totals: ShadowTotals;
  /** How often what was emitted then is not what is decided now. */
  readonly contradictions: number;
  /** With what is stored. */
  readonly differences: Divergences;
  /** Null: nothing was exchanged. */
  readonly pauseMs: number | null;
  readonly reportFile: string;
};

export const rebuildText = (report: RebuildReport, colors: Colors): string => {
  const { totals, contradictions, differences, pauseMs, reportFile } = report;
  const { channels, closed, rejected, duplicates } = totals;
  const lines = [
    `Rebuilt: ${n(channels)} ledgers from ${n(closed)} closed runs, ${n(rejected)} rejections and ${n(duplicates)} duplicates.`,
    contradictions === 0
      ? colors.green('What was emitted then is what is decided now.')
      : colors.red(`${n(contradictions)} times what was emitted then is not what is decided now.`),
    differences.total() === 0
      ? colors.green('What is stored is what was rebuilt.')
      : colors.red(
          `What is stored is not what was rebuilt: ${countsText(differences.total(), differences.counts)}`,
        ),
  ];
  if (contradictions + differences.total() > 0) lines.push(`All of them stand in ${reportFile}.`);
  if (pauseMs !== null)
    lines.push(colors.green(`Exchanged. The processors were held up for ${n(Math.round(pauseMs))} ms.`));
  const listed = differencesText(differences.listed, colors);
  return [...(listed === '' ? [] : [listed, '']), ...lines].join('\n');
};

export const rebuildJson = ({
  totals,
  contradictions,
  differences,
  pauseMs,
  reportFile,
}: RebuildReport): object => ({
  kind: 'summary',
  ...totals,
  contradictions,
  differences: differences.total(),
  counts: Object.fromEntries(differences.counts),
  exchanged: pauseMs !== null,
  pauseMs,
  reportFile,
});

const n = (count: number): string => count.toLocaleString('en-US');
