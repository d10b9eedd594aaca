import type { PolicyName, RepeatRule } from '../domain/channel-policy.ts';
import type { FoldedLedger } from '../replay/channel-ledgers.ts';
import type { PolicyVersion } from '../replay/history.ts';
import type { HistoryEntry } from './history-schema.ts';

/** Converts the entries that come before the commands in a history file. */
export const policyVersionOf = ({
  channelId,
  afterRevision,
  ...policy
}: HistoryEntry['runclose.history.PolicyVersion']): PolicyVersion => ({
  channelId,
  afterRevision,
  policy: { ...policy, policy: policy.policy as PolicyName, repeat: policy.repeat as RepeatRule },
});

export const ledgerOf = (entry: HistoryEntry['runclose.history.Ledger']): FoldedLedger => ({
  channelId: entry.channelId,
  head: { sequence: entry.sequence, previousRunner: entry.previousRunner, ring: entry.ring },
  members: new Map(entry.members.map((member) => [member.userId, member])),
  revision: entry.revision,
  policyVersion: entry.policyVersion,
});
