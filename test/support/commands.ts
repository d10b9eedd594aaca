import type { Order, RunCloseRequested } from '../../src/domain/records.ts';

/** A valid order; a test gives the fields that matter to it. */
export const anOrder = (order: Partial<Order> = {}): Order => ({
  orderId: `order-of-${order.userId ?? 'U1'}`,
  userId: 'U1',
  slackUserId: null,
  displayName: order.userId ?? 'Dana',
  text: 'Flat white',
  provenance: 'manual',
  submittedAt: Date.UTC(2026, 0, 5, 8, 0),
  confirmed: true,
  quantity: 1,
  canRun: true,
  ...order,
});

/** A valid command of channel C1 with three orders; a test gives the fields that matter to it. */
export const aCommand = (command: Partial<RunCloseRequested> = {}): RunCloseRequested => ({
  commandId: 'command-1',
  runId: 'run-1',
  channelId: 'C1',
  channelName: 'coffee',
  initiatorUserId: 'U1',
  actorUserId: 'U1',
  allowConsecutiveRunner: false,
  requestedAt: Date.UTC(2026, 0, 5, 8, 15),
  correlationId: null,
  pickupTime: null,
  pickupNote: null,
  orders: [anOrder(), anOrder({ userId: 'U2' }), anOrder({ userId: 'U3' })],
  ...command,
});

/** Commands for `count` runs in twenty channels, one after another in each channel. Every 50th actor is a stranger. */
export const manyCommands = (count: number, from = 0): Partial<RunCloseRequested>[] =>
  Array.from({ length: count }, (_, index) => {
    const n = from + index;
    return {
      commandId: `command-${String(n)}`,
      runId: `run-${String(n)}`,
      channelId: `C${String(n % 20)}`,
      ...(n % 50 === 7 && { actorUserId: 'a stranger' }),
    };
  });
