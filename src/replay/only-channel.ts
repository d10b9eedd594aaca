import type { History, HistoryRecord, HistoryStep } from './history.ts';

/** The same history, but of one channel only. This is possible because a channel's ledger depends on no other channel. */
export const onlyChannel = (history: History, channelId: string): History => {
  const key = Buffer.from(channelId);
  const isOfChannel = (record: HistoryRecord): boolean => record.key?.equals(key) === true;
  return {
    ...history,
    facts: { ...history.facts, channelId },
    policies: history.policies.filter((version) => version.channelId === channelId),
    async *steps(from) {
      for await (const steps of history.steps(from)) {
        const kept = steps.filter((step: HistoryStep) =>
          isOfChannel(step.kind === 'command' ? step.record : step.emitted.record),
        );
        if (kept.length > 0) yield kept;
      }
    },
  };
};
