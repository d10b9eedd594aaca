import { openHistoryFile } from '../../avro/history-file.ts';
import { loadSchemas } from '../../avro/schema-files.ts';
import type { LedgerSnapshot } from '../../replay/ports.ts';
import type { HistoryFacts } from '../../replay/history.ts';

/** Of a file that `replay snapshot` has written. */
export const openSnapshotFile = async (
  path: string,
): Promise<LedgerSnapshot & { readonly facts: HistoryFacts }> => {
  const { facts, ledgers, close } = await openHistoryFile(path, loadSchemas());
  await close();
  return { facts, ledgers, positions: new Map(facts.ranges.map(({ partition, from }) => [partition, from])) };
};
