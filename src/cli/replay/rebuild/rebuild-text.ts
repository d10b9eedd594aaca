import type { z } from 'zod';
import { SHADOW_SCHEMA } from '../../../postgres/rebuild/rebuild-lock.ts';
import type { RebuildResult } from '../../../operations/rebuild/rebuild.ts';
import type { Colors } from '../../frame/output.ts';
import type { rebuilt } from '../../json/replay-lines.ts';
import { count, figure } from '../../../domain/words/count.ts';
import { countsText, differencesText } from '../verify-text.ts';

export type RebuildReport = RebuildResult & { readonly reportFile: string };

export const rebuildText = (report: RebuildReport, colors: Colors): string => {
  const { totals, contradictions, differences, pauseMs, policies, reportFile } = report;
  const { channels, closed, rejected, duplicates } = totals;
  const lines = [
    `Rebuilt: ${count(channels, 'ledger')} from ${count(closed, 'closed run')}, ${count(rejected, 'rejection')} and ${count(duplicates, 'duplicate')}.`,
    contradictions.total() === 0
      ? colors.green('What was emitted then is what is decided now.')
      : colors.red(
          `What was emitted then is not what is decided now: ${countsText(contradictions.total(), contradictions.counts)}`,
        ),
    differences.total() === 0
      ? colors.green('What is stored is what was rebuilt.')
      : colors.red(
          `What is stored is not what was rebuilt: ${countsText(differences.total(), differences.counts)}`,
        ),
  ];
  if (contradictions.total() + differences.total() > 0) lines.push(`All differences stand in ${reportFile}.`);
  lines.push(...report.unchecked.map((what) => colors.yellow(`Not checked: ${what}.`)));
  if (policies > 0)
    lines.push(
      pauseMs === null
        ? `Only in the file: ${count(policies, 'version')} of policies, which the exchange puts back.`
        : `Put back from the file: ${count(policies, 'version')} of policies.`,
    );
  if (pauseMs !== null)
    lines.push(colors.green(`Exchanged. The processors were held up for ${figure(Math.round(pauseMs))} ms.`));
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
}: RebuildReport): z.infer<typeof rebuilt> => ({
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

export const whatNext = (
  { swap, yes, channel }: Asked,
  { pauseMs, contradictions }: Pick<RebuildReport, 'pauseMs' | 'contradictions'>,
): string => {
  if (pauseMs !== null)
    return `What stood there before is in the schema ${SHADOW_SCHEMA} now. To remove it: runclose replay rebuild --drop`;
  if (swap === true && yes === true)
    return `Not exchanged: the store would contradict the events. ${TO_BE_DECIDED}`;
  const untouched = `Nothing outside the schema ${SHADOW_SCHEMA} was written.`;
  if (channel !== undefined) return `${untouched} To rebuild all channels: runclose replay rebuild --restart`;
  if (contradictions.total() > 0)
    return `${untouched} An exchange is refused: the store would contradict the events. ${TO_BE_DECIDED}`;
  return `${untouched} To exchange: runclose replay rebuild --swap --yes`;
};

const TO_BE_DECIDED =
  'Where policies were put back or the program was put right since the rebuild began: --restart. ' +
  'If the store is to contradict them: --swap --yes --despite-events.';

export const interruptedText = ({ restart }: Asked): string =>
  `Interrupted: what was built is kept. The same command${restart === true ? ' without --restart' : ''} goes on.`;
