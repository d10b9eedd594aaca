import type { Output } from '../frame/output.ts';
import type { LineOf } from '../json/lines.ts';
import { count, withThousands } from '../../domain/words/count.ts';
import { type Column, table } from '../text/table.ts';

export type EmitResult = LineOf<'replay emit'>;

/** Prints the result for people. */
export const printEmit = async (result: EmitResult, output: Output): Promise<void> => {
  const { replay, to, done, sent, sentBefore, doubled, purged, copies, strays, partitions, partitioning } =
    result;
  const columns: readonly Column<(typeof partitions)[number]>[] = [
    { title: 'partition', cell: ({ topic, partition }) => `${topic}/${String(partition)}` },
    { title: 'from', align: 'right', cell: ({ from }) => from },
    { title: 'to (exclusive)', align: 'right', cell: (lane) => lane.to },
    { title: done ? 'sent' : 'would be sent', align: 'right', cell: (lane) => lane.sent },
    { title: 'there already', align: 'right', cell: (lane) => lane.sentBefore },
  ];
  await output.line(table(columns, partitions, output.colors));
  await output.line('');
  const where = partitioning === 'same' ? 'each to its own partition' : 'to partitions by their key';
  await output.line(
    `${count(sent, 'event')} ${done ? 'sent' : 'would be sent'} to ${to}, ${where}, as replay ${replay}; ${withThousands(sentBefore)} ${sentBefore === 1 ? 'is' : 'are'} there already.`,
  );
  if (doubled > 0)
    await output.line(`Left out: ${count(doubled, 'duplicate')} in the source. Each event is sent once.`);
  if (purged > 0) await output.line(`Left out: ${count(purged, 'purged event')}.`);
  if (copies > 0)
    await output.line(`Left out: ${count(copies, 'record')} that a replay wrote. Their originals are sent.`);
  if (strays > 0) await output.line(`Left out: ${count(strays, 'record')} that no processor emitted.`);
  for (const what of result.unchecked) await output.line(`Not checked: ${what}.`);
  if (!done && sent > 0) output.note('Nothing was written. To send them, add --yes');
  if (done && sent === 0 && sentBefore > 0)
    output.note('To send them once more, give the replay another id: --id NAME');
};
