import { isUnfit, MAX_ID_UNITS } from './ids.ts';
import type { Order, RunCloseRequested } from './records.ts';
import { TIME_LIMIT_MS } from './times.ts';

const MAX_ORDERS = 200;
/** The largest allowed number of drinks in one order. */
export const MAX_QUANTITY = 100;

/**
 * Checks a command by itself, without its channel's state.
 *
 * @param key the command record's key, or null if it has none
 * @returns null for a valid command; otherwise the first fault in schema order, the key first: its path, a colon, the limit and what was
 * found. What was found is a length or a number of orders, never the value: `orders[3].text: must have at most 500 UTF-16 units, and has 512`
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
  if (key === null) return 'key: must be the channelId, but the record has no key';
  return key === channelId ? null : 'key: must be the channelId, but differs from it';
};

const faultOfOrders = (orders: readonly Order[]): string | null => {
  if (orders.length > MAX_ORDERS)
    return `orders: must have at most ${String(MAX_ORDERS)} entries, and has ${String(orders.length)}`;
  const indexes = new Map<string, number>();
  for (const order of orders) {
    // No two earlier orders have the same user, so the size is this order's own index.
    const index = indexes.size;
    const fault = faultOfOrder(order, indexes.get(order.userId));
    if (fault !== null) return `orders[${String(index)}].${fault}`;
    indexes.set(order.userId, index);
  }
  return null;
};

/** @param earlier the index of an earlier order of the same person */
const faultOfOrder = (order: Order, earlier: number | undefined): string | null =>
  faultOfId('orderId', order.orderId) ??
  faultOfId('userId', order.userId) ??
  (earlier === undefined
    ? null
    : `userId: must not order twice, and has already ordered in orders[${String(earlier)}]`) ??
  faultOfId('slackUserId', order.slackUserId) ??
  faultOfText('displayName', order.displayName, 200) ??
  faultOfText('text', order.text, 500) ??
  faultOfText('provenance', order.provenance, 200) ??
  faultOfTime('submittedAt', order.submittedAt) ??
  faultOfQuantity(order.quantity);

const faultOfId = (path: string, id: string | null): string | null => {
  if (id === null) return null;
  if (id.length === 0) return `${path}: must have 1 to ${String(MAX_ID_UNITS)} UTF-16 units, and is empty`;
  if (id.length > MAX_ID_UNITS) return tooLong(path, id, MAX_ID_UNITS);
  return isUnfit(id)
    ? `${path}: must not have a control character, U+FFFD or half a surrogate pair, and has one`
    : null;
};

const faultOfText = (path: string, text: string | null, maxUnits: number): string | null => {
  if (text === null) return null;
  if (text.length > maxUnits) return tooLong(path, text, maxUnits);
  return isUnfitForTexts(text)
    ? `${path}: must not have a NUL, U+FFFD or half a surrogate pair, and has one`
    : null;
};

const tooLong = (path: string, text: string, maxUnits: number): string =>
  `${path}: must have at most ${String(maxUnits)} UTF-16 units, and has ${String(text.length)}`;

const faultOfTime = (path: string, time: number | null): string | null =>
  time === null || (time >= 0 && time < TIME_LIMIT_MS)
    ? null
    : `${path}: must be in 1970 to 2099, and is ${time < 0 ? 'before 1970' : 'after 2099'}`;

const faultOfQuantity = (quantity: number): string | null =>
  quantity >= 1 && quantity <= MAX_QUANTITY
    ? null
    : `quantity: must be 1 to ${String(MAX_QUANTITY)}, and is ${quantity < 1 ? 'less' : 'more'}`;

/** Postgres cannot store NUL. A loop, because a regular expression takes ten times as long on a short text. */
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
