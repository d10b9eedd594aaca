import { wrongUse } from '../../processor/failure.ts';
import type { HistoryRange } from '../../replay/history.ts';
import { offsetsText } from '../../wire/position.ts';

/** Refuses to continue from these positions if commands after them are neither in the topic (`held`) nor in the file. */
export const requireNoGap = (
  topic: string,
  positions: ReadonlyMap<number, number>,
  { held, file = [] }: { held: readonly HistoryRange[]; file?: readonly HistoryRange[] | undefined },
): void => {
  const inFile = new Map(file.map((range) => [range.partition, range]));
  const missing = held.flatMap(({ partition, from: topicStart }) => {
    const position = positions.get(partition) ?? 0;
    const { from: fileStart = position, to: fileEnd = position } = inFile.get(partition) ?? {};
    const gaps = [
      { from: position, to: Math.min(fileStart, topicStart) },
      { from: Math.max(position, fileEnd), to: topicStart },
    ];
    return gaps
      .filter(({ from, to }) => from < to)
      .map(({ from, to }) => `${topic}/${String(partition)} ${offsetsText(from, to)}`);
  });
  if (missing.length > 0)
    throw wrongUse(
      `these commands are missing: ${missing.join(', ')}. ${file.length > 0 ? WITH_FILE : WITHOUT_FILE}`,
    );
};

/** Refuses a topic that ends before these positions. */
export const requireReach = (
  topic: string,
  positions: ReadonlyMap<number, number>,
  ranges: readonly HistoryRange[],
): void => {
  const short = ranges.find(({ partition, from }) => from < (positions.get(partition) ?? 0));
  if (short === undefined) return;
  const { partition, to } = short;
  throw wrongUse(
    `${topic}/${String(partition)} ends at offset ${String(to)}, but the rebuild has reached ${String(positions.get(partition))}: the topic was ` +
      'created again, or has lost its last commands. Start again with --restart',
  );
};

const WITH_FILE =
  'Neither the topic nor the file holds them: give a file that was exported while the topic still held them, or add a snapshot ' +
  'of a later moment, with --snapshot FILE';

const WITHOUT_FILE =
  'The topic no longer holds them: give a file that was exported while the topic still held them, with --file FILE, or start with ' +
  'the ledgers of a later moment, with --snapshot FILE';
