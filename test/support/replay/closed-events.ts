import fc from 'fast-check';
import { type ChannelPolicy, DEFAULT_CHANNEL_POLICY } from '../../../src/domain/channel-policy.ts';
import { decide } from '../../../src/domain/decide.ts';
import { runClosed } from '../../../src/domain/events.ts';
import { EMPTY_LEDGER } from '../../../src/domain/ledger.ts';
import type { RunClosed, RunCloseRequested } from '../../../src/domain/records.ts';
import { eventIdOfCommand } from '../../../src/processor/event-identity.ts';
import { createEventsOnlyAudit, type Coverage } from '../../../src/replay/events-only/audit.ts';
import type { EventDivergence } from '../../../src/replay/events-only/divergence.ts';
import { folded } from '../channel.ts';
import { aHistory, aPolicy } from '../histories.ts';

/** The events of one channel's commands. Each command may have another policy. */
const closedEvents = (
  commands: readonly RunCloseRequested[],
  policyAt: (index: number) => Partial<ChannelPolicy> = () => ({}),
): readonly RunClosed[] => {
  let ledger = EMPTY_LEDGER;
  return commands.flatMap((command, index) => {
    const policy = { ...DEFAULT_CHANNEL_POLICY, ...policyAt(index) };
    const decision = decide({ ledger, policy, closedBy: undefined }, command);
    if (decision.kind === 'rejected') return [];
    ledger = folded(ledger, decision);
    return [runClosed(command, decision, eventIdOfCommand(command, 'run.closed'))];
  });
};

const NAMES = ['Dana', 'Eli', 'Dana', 'Ben 🙂', ''];

/** People of whom some share a name, in a channel whose policy changes now and then. */
export const anEventHistory = (runs = 25, channelId = 'C1'): fc.Arbitrary<readonly RunClosed[]> =>
  fc
    .record({
      commands: aHistory({ runs }),
      policies: fc.array(aPolicy(), { minLength: 1, maxLength: 4 }),
      startsConfigured: fc.boolean(),
    })
    .map(({ commands, policies, startsConfigured }) => {
      const versions: Partial<ChannelPolicy>[] = policies.map((policy, index) => ({
        ...policy,
        version: index + 1,
      }));
      if (!startsConfigured) versions.unshift({});
      const length = Math.ceil(commands.length / versions.length);
      return closedEvents(
        commands.map((command) => ({
          ...command,
          channelId,
          orders: command.orders.map((order) => ({
            ...order,
            displayName: NAMES[Number(order.userId.replace(/\D/g, '')) % NAMES.length] ?? '',
          })),
        })),
        (index) => versions[Math.floor(index / length)] ?? {},
      );
    });

export const positionOf = (index: number): string => `run.closed/0@${String(index)}`;

/** The findings of an audit of these events, one after another. */
export const audited = (
  events: readonly RunClosed[],
): { readonly divergences: readonly EventDivergence[]; readonly coverage: Coverage } => {
  const audit = createEventsOnlyAudit({ eventIdOf: (event) => eventIdOfCommand(event, 'run.closed') });
  const divergences = events.flatMap((event, index) => audit.take({ event, position: positionOf(index) }));
  return { divergences: [...divergences, ...audit.end()], coverage: audit.coverage() };
};
