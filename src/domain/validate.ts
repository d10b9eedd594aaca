import { hasCharacterUnfitForIds, MAX_ID_UNITS } from './ids.ts';
import type { Order, RunCloseRequested } from './records.ts';
import { TIME_LIMIT_MS } from './times.ts';

const MAX_NAME_UNITS = 200;
const MAX_DRINK_UNITS = 500;
const MAX_NOTE_UNITS = 1000;
/** The largest allowed number of orders in one run. */
export const MAX_ORDERS = 200;
/** The largest allowed number of drinks in one order. */
export const MAX_QUANTITY = 100;

/**
 * Checks a command by itself, without its channel's state.
 *
 * @param key the command record's key, or null if it has none
 * @returns null for a valid command; otherwise the first fault, the key before all and then in schema order. For example
 * `orders[3].text: must have at most 500 UTF-16 units, and has 512`. Never contains the value itself.
 */
export const firstFault = (command: RunCloseRequested, key: string | null): string | null =>
  faultOfKey(key, command.channelId) ??
  faultOfId('commandId', command.commandId) ??
  faultOfId('runId', command.runId) ??
  faultOfId('channelId', command.channelId) ??
  faultOfText('channelName', command.channelName, MAX_NAME_UNITS) ??
  faultOfId('initiatorUserId', command.initiatorUserId) ??
  faultOfId('actorUserId', command.actorUserId) ??
  faultOfTime('requestedAt', command.requestedAt) ??
  faultOfId('correlationId', command.correlationId) ??
  faultOfTime('pickupTime', command.pickupTime) ??
  faultOfText('pickupNote', command.pickupNote, MAX_NOTE_UNITS) ??
  faultOfOrders(command.orders);

const faultOfKey = (key: string | null, channelId: string): string | null => {
  if (key === null) return 'key: must be the channelId, but the record has no key';
  return key === channelId ? null : 'key: must be the channelId, but differs from it';
};

const faultOfOrders = (orders: readonly Order[]): string | null => {
  if (orders.length > MAX_ORDERS)
    return `orders: must have at most ${String(MAX_ORDERS)} entries, and has ${String(orders.length)}`;
  const indexByUser = new Map<string, number>();
  for (const [index, order] of orders.entries()) {
    const fault = faultOfOrder(order, indexByUser.get(order.userId));
    if (fault !== null) return `orders[${String(index)}].${fault}`;
    indexByUser.set(order.userId, index);
  }
  return null;
};

/** @param earlierIndex the index of the same person's earlier order; undefined if this is the person's first */
const faultOfOrder = (order: Order, earlierIndex: number | undefined): string | null =>
  faultOfId('orderId', order.orderId) ??
  faultOfId('userId', order.userId) ??
  (earlierIndex === undefined
    ? null
    : `userId: must not order twice, and has already ordered in orders[${String(earlierIndex)}]`) ??
  faultOfId('slackUserId', order.slackUserId) ??
  faultOfText('displayName', order.displayName, MAX_NAME_UNITS) ??
  faultOfText('text', order.text, MAX_DRINK_UNITS) ??
  faultOfText('provenance', order.provenance, MAX_NAME_UNITS) ??
  faultOfTime('submittedAt', order.submittedAt) ??
  faultOfQuantity(order.quantity);

const faultOfId = (path: string, id: string | null): string | null => {
  if (id === null) return null;
  if (id.length === 0) return `${path}: must have 1 to ${String(MAX_ID_UNITS)} UTF-16 units, and is empty`;
  if (id.length > MAX_ID_UNITS) return tooLong(path, id, MAX_ID_UNITS);
  return hasCharacterUnfitForIds(id)
    ? `${path}: must not have a control character, U+FFFD or half a surrogate pair, and has one`
    : null;
};

const faultOfText = (path: string, text: string | null, maxUnits: number): string | null => {
  if (text === null) return null;
  if (text.length > maxUnits) return tooLong(path, text, maxUnits);
  return hasCharacterUnfitForTexts(text)
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

/**
 * True for NUL, which Postgres cannot store, and for U+FFFD and half pairs, which stand for text that was already damaged. A loop, because a
 * regular expression takes ten times as long on a short text.
 */
const hasCharacterUnfitForTexts = (text: string): boolean => {
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
