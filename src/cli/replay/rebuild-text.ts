import { SHADOW_SCHEMA } from '../../postgres/rebuild/rebuild-lock.ts';
import type { RebuildResult } from '../../operations/rebuild/rebuild.ts';
import type { Colors } from '../frame/output.ts';
import type { LineOf } from '../json/lines.ts';
import { count, withThousands } from '../../domain/words/count.ts';
import { countsText, differencesText } from './verify-text.ts';

export type RebuildReport = RebuildResult & { readonly reportFile: string };

export const rebuildText = (report: RebuildReport, colors: Colors): string => {
  const { totals, contradictions, differences, pauseMs, policies, reportFile } = report;
  const { channels, closed, rejected, duplicates } = totals;
  const lines = [
    `Rebuilt: ${count(channels, 'ledger')} from ${count(closed, 'closed run')}, ${count(rejected, 'rejection')} and ${count(duplicates, 'duplicate')}.`,
    contradictions.total() === 0
      ? colors.green('The rebuild agrees with all emitted events.')
      : colors.red(
          `The rebuild contradicts emitted events: ${countsText(contradictions.total(), contradictions.counts)}`,
        ),
    differences.total() === 0
      ? colors.green('The stored tables agree with the rebuild.')
      : colors.red(
          `The stored tables differ from the rebuild: ${countsText(differences.total(), differences.counts)}`,
        ),
  ];
  if (contradictions.total() + differences.total() > 0) lines.push(`All differences are in ${reportFile}.`);
  lines.push(...report.unchecked.map((what) => colors.yellow(`Not checked: ${what}.`)));
  if (policies > 0)
    lines.push(
      pauseMs === null
        ? `Only in the file: ${count(policies, 'policy version')}. The swap restores ${policies === 1 ? 'it' : 'them'}.`
        : `Restored from the file: ${count(policies, 'policy version')}.`,
    );
  if (pauseMs !== null)
    lines.push(colors.green(`Swapped. The processors waited for ${withThousands(Math.round(pauseMs))} ms.`));
  const listed = differencesText([...contradictions.listed, ...differences.listed], colors);
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
}: RebuildReport): LineOf<'replay rebuild'> => ({
  kind: 'summary',
  ...totals,
  channelId,
  contradictions: contradictions.total(),
  differences: differences.total(),
  counts: Object.fromEntries(differences.counts),
  exchanged: pauseMs !== null,
  pauseMs,
  policiesOfFile: policies,
  unchecked,
  reportFile,
});

/** The flags on which the advice depends. */
type Asked = {
  readonly swap?: boolean;
  readonly yes?: boolean;
  readonly channel?: string;
  readonly restart?: boolean;
};

const NEXT_IF_CONTRADICTED =
  'If policies or the program were corrected since the rebuild started: --restart. ' +
  'To swap anyway: --swap --yes --despite-events.';

export const whatNext = (
  { swap, yes, channel }: Asked,
  { pauseMs, contradictions }: Pick<RebuildReport, 'pauseMs' | 'contradictions'>,
): string => {
  if (pauseMs !== null)
    return `The replaced tables are now in the schema ${SHADOW_SCHEMA}. To remove them: runclose replay rebuild --drop`;
  if (swap === true && yes === true)
    return `Not swapped: the store would contradict emitted events. ${NEXT_IF_CONTRADICTED}`;
  const untouched = `Nothing outside the schema ${SHADOW_SCHEMA} was written.`;
  if (channel !== undefined) return `${untouched} To rebuild all channels: runclose replay rebuild --restart`;
  if (contradictions.total() > 0)
    return `${untouched} A swap is refused: the store would contradict emitted events. ${NEXT_IF_CONTRADICTED}`;
  return `${untouched} To swap: runclose replay rebuild --swap --yes`;
};

export const interruptedText = ({ restart }: Asked): string =>
  `Interrupted: the rebuild so far is kept. To resume, run the same command again${restart === true ? ' without --restart' : ''}.`;
