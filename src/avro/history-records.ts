import type { PolicyName, RepeatRule } from '../domain/channel-policy.ts';
import type { FoldedLedger } from '../replay/channel-ledgers.ts';
import type {
  EmittedRecord,
  HistoryFacts,
  HistoryRecord,
  HistoryStep,
  OutputKind,
  PolicyVersion,
} from '../replay/history.ts';
import type { EmittedEntry, HistoryEntry, RecordEntry } from './history-schema.ts';

/** What the entries of a history file stand for. */
export const createFileRecords = ({ topic, outputTopics }: Pick<HistoryFacts, 'topic' | 'outputTopics'>) => {
  const emitted = ({ kind, ...entry }: EmittedEntry): EmittedRecord => ({
    kind: kind as OutputKind,
    record: recordOf(outputTopics[kind as OutputKind], entry),
  });
  return {
    command: (entry: HistoryEntry['runclose.history.Command']): HistoryStep => ({
      kind: 'command',
      record: recordOf(topic, entry),
      emitted: entry.emitted.map(emitted),
    }),
    stray: (entry: HistoryEntry['runclose.history.Stray']): HistoryStep => ({
      kind: 'stray',
      source: entry.source,
      emitted: emitted(entry.emitted),
    }),
    policy: ({
      channelId,
      afterRevision,
      ...policy
    }: HistoryEntry['runclose.history.PolicyVersion']): PolicyVersion => ({
      channelId,
      afterRevision,
      policy: { ...policy, policy: policy.policy as PolicyName, repeat: policy.repeat as RepeatRule },
    }),
    ledger: (entry: HistoryEntry['runclose.history.Ledger']): FoldedLedger => {
      const before = entry.sequence - entry.ring.length;
      return {
        channelId: entry.channelId,
        head: {
          sequence: entry.sequence,
          previousRunner: entry.previousRunner,
          ring: entry.ring.map((runnerUserId, index) => ({ sequence: before + index + 1, runnerUserId })),
        },
        members: new Map(entry.members.map((member) => [member.userId, member])),
        revision: entry.revision,
        policyVersion: entry.policyVersion,
      };
    },
  };
};

const recordOf = (
  topic: string,
  { partition, offset, timestamp, key, value, headers }: RecordEntry,
): HistoryRecord => ({
  topic,
  partition,
  offset,
  timestamp,
  key,
  value,
  headers: headers.map((header) => [header.name, header.value]),
});
