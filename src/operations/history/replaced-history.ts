/**
 * Protects existing files: an export or a snapshot may be replaced only by a file of the same kind. An export of the same topic must start
 * no later. Neither file can be written a second time: Kafka deletes old commands, and a ledger keeps no former state.
 */
import { openHistoryContainer } from '../../avro/history-file.ts';
import { FACTS_KEY } from '../../avro/history-schema.ts';
import { wrongUse } from '../../processor/failure.ts';
import type { HistoryFacts } from '../../replay/history.ts';

export type HistoryKind = 'export' | 'snapshot';

export const historyKindOf = ({ ranges }: Pick<HistoryFacts, 'ranges'>): HistoryKind =>
  // A snapshot has one offset for each partition.
  ranges.some(({ from, to }) => from !== to) ? 'export' : 'snapshot';

export const refuseOtherHistory = async (path: string, kind: HistoryKind): Promise<void> => {
  const existing = await factsOf(path);
  if (existing === undefined) return;
  const kindThere = historyKindOf(existing);
  if (kindThere !== kind)
    throw wrongUse(
      `${path} already exists, from \`replay ${kindThere}\`: name another file, or remove this one`,
    );
};

/** Call this when the contents of the new export are known. */
export const refuseToLoseCommands = async (path: string, facts: HistoryFacts): Promise<void> => {
  const existing = await factsOf(path);
  if (existing?.topic !== facts.topic || existing.clusterId !== facts.clusterId) return;
  const starts = new Map(facts.ranges.map(({ partition, from }) => [partition, from]));
  for (const { partition, from, to } of existing.ranges) {
    const start = starts.get(partition) ?? to;
    if (from < Math.min(start, to))
      throw wrongUse(
        `${path} holds ${facts.topic}/${partition} from offset ${from} on, but the new export would start at ${start}: name another file, or remove this one`,
      );
  }
};

/** Undefined: there is no file, or the file is unreadable. */
const factsOf = async (path: string): Promise<HistoryFacts | undefined> => {
  const container = await openHistoryContainer(path).catch(() => undefined);
  if (container === undefined) return undefined;
  const json = container.metadata[FACTS_KEY]?.toString();
  await container.close();
  return json === undefined ? undefined : (JSON.parse(json) as HistoryFacts);
};
