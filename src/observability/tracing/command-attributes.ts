import type { Attributes } from '@opentelemetry/api';
import { echoed } from '../../domain/ids.ts';
import type { Owed } from '../../processor/decide-record.ts';
import { ATTRIBUTES } from './messaging-attributes.ts';

/** What a span says about a command: ids and the outcome, and nothing personal. */
export const commandAttributes = (item: Owed): Attributes => {
  const offset = { [ATTRIBUTES.offset]: item.record.offset };
  switch (item.kind) {
    case 'nothing':
      return { ...offset, [ATTRIBUTES.outcome]: 'duplicate' };
    case 'dead-letter':
      return { ...offset, [ATTRIBUTES.outcome]: 'dead-letter', [ATTRIBUTES.reason]: item.poison.code };
    case 'events': {
      const { commandId, correlationId, runId, channelId } = item.command;
      return {
        ...offset,
        [ATTRIBUTES.outcome]: item.outcome,
        [ATTRIBUTES.messageId]: echoed(commandId),
        ...(correlationId !== null && { [ATTRIBUTES.conversationId]: echoed(correlationId) }),
        [ATTRIBUTES.runId]: echoed(runId),
        [ATTRIBUTES.channelId]: echoed(channelId),
        ...(item.reason !== undefined && { [ATTRIBUTES.reason]: item.reason }),
      };
    }
  }
};
