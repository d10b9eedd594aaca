import { createHistoryFileWriter } from '../../avro/history-file-writer.ts';
import { openHistoryFile } from '../../avro/history-file.ts';
import { loadSchemas } from '../../avro/schema-files.ts';
import { wrongUse } from '../../processor/failure.ts';
import type { HistoryFacts, PolicyVersion } from '../../replay/history.ts';
import type { LedgerSnapshot } from '../../replay/ports.ts';
import type { Work } from '../work.ts';
import { historyKindOf } from './replaced-history.ts';

/** Writes ledgers and, if given, the policies of the same moment. */
export const writeSnapshotFile = async (
  { onClose }: Pick<Work, 'onClose'>,
  path: string,
  facts: Pick<HistoryFacts, 'topic' | 'outputTopics' | 'groupId' | 'clusterId'>,
  { positions, ledgers }: LedgerSnapshot,
  policies: readonly PolicyVersion[] = [],
): Promise<void> => {
  const { topic, outputTopics, groupId, clusterId } = facts;
  const writer = createHistoryFileWriter({
    path,
    facts: {
      topic,
      outputTopics,
      groupId,
      clusterId,
      ranges: [...positions].map(([partition, position]) => ({
        partition,
        from: position,
        to: position,
        complete: position === 0,
      })),
      withEvents: false,
      pseudonymised: false,
    },
    writerSchema: () => Promise.resolve(null),
  });
  onClose(() => writer.abort());
  for (const version of policies) await writer.policy(version);
  for (const ledger of ledgers) await writer.ledger(ledger);
  await writer.end();
};

/** Reads a file that `replay snapshot` has written. */
export const openSnapshotFile = async (
  path: string,
): Promise<
  LedgerSnapshot & { readonly facts: HistoryFacts; readonly policies: readonly PolicyVersion[] }
> => {
  const { facts, ledgers, policies, close } = await openHistoryFile(path, loadSchemas());
  await close();
  // An export has no ledgers: starting without them would report a difference in every channel.
  if (historyKindOf(facts) === 'export')
    throw wrongUse(`${path} is an export, not a snapshot: \`runclose replay snapshot\` takes one`);
  const positions = new Map(facts.ranges.map(({ partition, from }) => [partition, from]));
  return { facts, ledgers, policies, positions };
};
