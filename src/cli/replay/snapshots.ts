import { openHistoryFile } from '../../avro/history-file.ts';
import { loadSchemas } from '../../avro/schema-files.ts';
import { wrongUse } from '../frame/exit-codes.ts';
import type { LedgerSnapshot } from '../../replay/ports.ts';
import type { HistoryFacts } from '../../replay/history.ts';

/** Of a file that `replay snapshot` has written. */
export const openSnapshotFile = async (
  path: string,
): Promise<LedgerSnapshot & { readonly facts: HistoryFacts }> => {
  const { facts, ledgers, close } = await openHistoryFile(path, loadSchemas());
  await close();
  // An export has no ledgers: to begin with none of them would accuse every channel.
  if (facts.ranges.some(({ from, to }) => from !== to))
    throw wrongUse(`${path} is an export, not a snapshot: \`runclose replay snapshot\` takes one`);
  return { facts, ledgers, positions: new Map(facts.ranges.map(({ partition, from }) => [partition, from])) };
};
