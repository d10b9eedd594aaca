import type { PastRun } from '../domain/ledger.ts';

// A ring has no gaps and ends with the channel's last run, so the runners alone are enough. No id contains a line feed.

export const ringToText = (ring: readonly PastRun[]): string =>
  ring.map(({ runnerUserId }) => runnerUserId).join('\n');

export const ringFromText = (text: string, sequence: number): readonly PastRun[] => {
  if (text === '') return [];
  const runners = text.split('\n');
  const before = sequence - runners.length;
  return runners.map((runnerUserId, index) => ({ sequence: before + index + 1, runnerUserId }));
};
