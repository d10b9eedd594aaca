import type { Order, RunCloseRequested } from '../../domain/records.ts';

/** A command for a run that does not exist, with one order for each person. */
export const imaginedRun = (
  channelId: string,
  userIds: readonly string[],
  names: ReadonlyMap<string, string>,
): RunCloseRequested => ({
  commandId: 'imagined',
  runId: 'imagined',
  channelId,
  channelName: null,
  initiatorUserId: 'imagined',
  actorUserId: 'imagined',
  allowConsecutiveRunner: false,
  requestedAt: 0,
  correlationId: null,
  pickupTime: null,
  pickupNote: null,
  orders: userIds.map((userId) => imaginedOrder(userId, names.get(userId) ?? '')),
});

export const imaginedOrder = (userId: string, displayName: string): Order => ({
  orderId: userId,
  userId,
  slackUserId: null,
  displayName,
  text: '',
  provenance: 'manual',
  submittedAt: 0,
  confirmed: true,
  quantity: 1,
  canRun: true,
});
