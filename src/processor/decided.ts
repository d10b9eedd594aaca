import { echoed } from '../domain/ids.ts';
import type { Owed } from './decide-record.ts';
import type { Decided } from './ports/observer.ts';

/** What became of the commands of a batch, in order: ids and no personal data. */
export const decidedIn = (owed: readonly Owed[]): readonly Decided[] =>
  owed.map((item): Decided => {
    const { offset } = item.record;
    switch (item.kind) {
      case 'nothing':
        return { offset, outcome: 'duplicate' };
      case 'dead-letter':
        return { offset, outcome: 'dead-letter', reason: item.poison.code };
      case 'events': {
        const { outcome, reason, runnerUserId, command } = item;
        const { channelId, runId, commandId, correlationId, orders } = command;
        return {
          offset,
          outcome,
          ...(reason !== undefined && { reason }),
          ...(runnerUserId !== undefined && { runnerUserId }),
          channelId: echoed(channelId),
          runId: echoed(runId),
          commandId: echoed(commandId),
          ...(correlationId !== null && { correlationId: echoed(correlationId) }),
          participants: orders.length,
        };
      }
    }
  });
