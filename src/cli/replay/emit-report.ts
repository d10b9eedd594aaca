import type { z } from 'zod';
import type { Output } from '../frame/output.ts';
import type { emitted } from '../json/replay-lines.ts';
import { count, figure } from '../../domain/words/count.ts';
import { table } from '../text/table.ts';

export type EmitResult = z.infer<typeof emitted>;

/** Prints the result for people. */
export const tellEmit = async (result: EmitResult, output: Output): Promise<void> => {
  const { replay, to, done, sent, sentBefore, doubled, purged, copies, strays, partitions, partitioning } =
    result;
  const columns = [
    { title: 'from' },
    { title: 'offsets' },
    { title: done ? 'sent' : 'would be sent', align: 'right' },
    { title: 'there already', align: 'right' },
  ] as const;
  const rows = partitions.map((lane) => [
    `${lane.topic}/${String(lane.partition)}`,
    `${String(lane.from)}–${String(lane.to)}`,
    lane.sent,
    lane.sentBefore,
  ]);
  await output.line(table(columns, rows, output.colors));
  await output.line('');
  const where = partitioning === 'same' ? 'each to its own partition' : 'to partitions by their key';
  await output.line(
    `${count(sent, 'event')} ${done ? 'sent' : 'would be sent'} to ${to}, ${where}, as replay ${replay}; ${figure(sentBefore)} ${sentBefore === 1 ? 'is' : 'are'} there already.`,
  );
  if (doubled > 0)
    await output.line(
      `${doubled === 1 ? '1 copy' : `${figure(doubled)} copies`} of events in the source itself left out: each event goes once.`,
    );
  if (purged > 0) await output.line(`${count(purged, 'purged event')} left out.`);
  if (copies > 0)
    await output.line(`${count(copies, 'record')} left out that a replay has written: the originals count.`);
  if (strays > 0) await output.line(`${count(strays, 'record')} left out that no processor has emitted.`);
  for (const what of result.unchecked) await output.line(`Not checked: ${what}.`);
  if (!done && sent > 0) output.note('Nothing was written. To send them, add --yes');
  if (done && sent === 0 && sentBefore > 0)
    output.note('To send them once more, give the replay another id: --id NAME');
};
