import { isUnfit, LONGEST_ID } from './ids.ts';
import type { Order, RunCloseRequested } from './records.ts';
import { TOO_LATE } from './times.ts';

const MOST_ORDERS = 200;
const MOST_QUANTITY = 100;

/**
 * Whether a command can mean anything, whatever has happened in its channel.
 *
 * @param key the command record's key, or null where it has none
 * @returns null for a valid command; otherwise the path of the first fault in schema order (the key before all), a colon and
 *   what is wrong, never the value
 */
export const firstFault = (command: RunCloseRequested, key: string | null): string | null =>
  faultOfKey(key, command.channelId) ??
  faultOfId('commandId', command.commandId) ??
  faultOfId('runId', command.runId) ??
  faultOfId('channelId', command.channelId) ??
  faultOfText('channelName', command.channelName, 200) ??
  faultOfId('initiatorUserId', command.initiatorUserId) ??
  faultOfId('actorUserId', command.actorUserId) ??
  faultOfTime('requestedAt', command.requestedAt) ??
  faultOfId('correlationId', command.correlationId) ??
  faultOfTime('pickupTime', command.pickupTime) ??
  faultOfText('pickupNote', command.pickupNote, 1000) ??
  faultOfOrders(command.orders);

const faultOfKey = (key: string | null, channelId: string): string | null => {
  if (key === null) return 'key: is missing';
  return key === channelId ? null : 'key: is not the channelId';
};

const faultOfOrders = (orders: readonly Order[]): string | null => {
  if (orders.length > MOST_ORDERS) return `orders: more than ${String(MOST_ORDERS)}`;
  const userIds = new Set<string>();
  for (const order of orders) {
    const fault = faultOfOrder(order, userIds);
    // No two before it have the same user, so none is the same order.
    if (fault !== null) return `orders[${String(userIds.size)}].${fault}`;
    userIds.add(order.userId);
  }
  return null;
};

const faultOfOrder = (order: Order, earlierUserIds: ReadonlySet<string>): string | null =>
  faultOfId('orderId', order.orderId) ??
  faultOfId('userId', order.userId) ??
  (earlierUserIds.has(order.userId) ? 'userId: has an order already' : null) ??
  faultOfId('slackUserId', order.slackUserId) ??
  faultOfText('displayName', order.displayName, 200) ??
  faultOfText('text', order.text, 500) ??
  faultOfText('provenance', order.provenance, 200) ??
  faultOfTime('submittedAt', order.submittedAt) ??
  faultOfQuantity(order.quantity);

const faultOfId = (path: string, id: string | null): string | null => {
  if (id === null) return null;
  if (id.length === 0) return `${path}: is empty`;
  if (id.length > LONGEST_ID) return `${path}: is longer than ${String(LONGEST_ID)}`;
  return isUnfit(id) ? `${path}: has a control character, U+FFFD or half a surrogate pair` : null;
};

const faultOfText = (path: string, text: string | null, longest: number): string | null => {
  if (text === null) return null;
  if (text.length > longest) return `${path}: is longer than ${String(longest)}`;
  return isUnfitForTexts(text) ? `${path}: has a NUL, U+FFFD or half a surrogate pair` : null;
};

const faultOfTime = (path: string, time: number | null): string | null =>
  time === null || (time >= 0 && time < TOO_LATE) ? null : `${path}: is before 1970 or after 2099`;

const faultOfQuantity = (quantity: number): string | null =>
  quantity >= 1 && quantity <= MOST_QUANTITY
    ? null
    : `quantity: is not between 1 and ${String(MOST_QUANTITY)}`;

/** Postgres cannot store a NUL. A pattern takes ten times as long on a short text. */
const isUnfitForTexts = (text: string): boolean => {
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    if (unit === 0 || unit === 0xfffd) return true;
    if (unit < 0xd800 || unit > 0xdfff) continue;
    const isPair = unit < 0xdc00 && (text.charCodeAt(at + 1) & 0xfc00) === 0xdc00;
    if (!isPair) return true;
    at += 1;
  }
  return false;
};
