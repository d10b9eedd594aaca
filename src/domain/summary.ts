import type { ChannelPolicy } from './channel-policy.ts';
import type { ClosedRun } from './ledger.ts';
import { compareTexts } from './policies.ts';
import type { Order, RunCloseRequested } from './records.ts';
import { sortFew } from './sort-few.ts';
import { createNames, isBlank, withoutLineBreaks } from './words/names.ts';
import { timeOfDay } from './words/time-of-day.ts';

/** The message to the channel, as lines of plain text. The program that shows the text must escape it. */
export const channelText = (
  { channelId, channelName, pickupTime, pickupNote }: RunCloseRequested,
  { runner, fairness }: ClosedRun,
  orders: readonly Order[],
): string => {
  const nameOf = createNames(orders);
  const channel = channelName === null || isBlank(channelName) ? channelId : withoutLineBreaks(channelName);
  return [
    `Coffee run in ${channel}: ${nameOf(runner)} goes`,
    ...(pickupTime === null ? [] : [`Pickup: ${timeOfDay(pickupTime)}`]),
    ...(pickupNote === null || isBlank(pickupNote) ? [] : [`Note: ${withoutLineBreaks(pickupNote)}`]),
    '',
    `${participantsAndDrinks(orders)}:`,
    ...orders.map((order) => orderLine(nameOf(order), order)),
    '',
    fairness.explanation,
  ].join('\n');
};

/** The message to the runner: the channel's message, what to fetch, and the reminder. */
export const runnerText = (
  toChannel: string,
  { pickupTime }: Pick<RunCloseRequested, 'pickupTime'>,
  orders: readonly Order[],
  { remindersEnabled, reminderOffsetMinutes }: ChannelPolicy,
): string => {
  const reminder =
    remindersEnabled && pickupTime !== null ? [reminderLine(pickupTime, reminderOffsetMinutes)] : [];
  return [toChannel, '', fetchLine(orders), ...reminder].join('\n');
};

/** The number of drinks. */
export const totalDrinksOf = (orders: readonly Order[]): number =>
  orders.reduce((sum, { quantity }) => sum + quantity, 0);

const participantsAndDrinks = (orders: readonly Order[]): string => {
  const participants = counted(orders.length, 'participant');
  const drinks = totalDrinksOf(orders);
  return drinks === orders.length ? participants : `${participants}, ${counted(drinks, 'drink')}`;
};

const orderLine = (name: string, order: Order): string => {
  const { text, quantity, provenance, submittedAt, confirmed, canRun } = order;
  const drink = quantity === 1 ? drinkOf(text) : portion(quantity, drinkOf(text));
  const shown = provenance === 'manual' || isBlank(provenance) ? '' : `, ${withoutLineBreaks(provenance)}`;
  const unsure = confirmed ? '' : ', not confirmed';
  const unable = canRun ? '' : ", can't go";
  return `- ${name}: ${drink} (${timeOfDay(submittedAt)}${shown}${unsure}${unable})`;
};

/** Adds up equal drinks, and sorts them by number (largest first), then by text. */
const fetchLine = (orders: readonly Order[]): string => {
  const quantities = new Map<string, number>();
  for (const { text, quantity } of orders) {
    const drink = drinkOf(text);
    quantities.set(drink, (quantities.get(drink) ?? 0) + quantity);
  }
  const drinks = sortFew([...quantities], ([a, many], [b, others]) => others - many || compareTexts(a, b));
  const list = drinks.map(([drink, quantity]) => portion(quantity, drink)).join(', ');
  return `To fetch, ${counted(totalDrinksOf(orders), 'drink')}: ${list}`;
};

const reminderLine = (pickupTime: number, offsetMinutes: number): string => {
  const at = timeOfDay(pickupTime - offsetMinutes * 60_000);
  return `Reminder: ${counted(offsetMinutes, 'minute')} before pickup, at ${at}`;
};

const drinkOf = (text: string): string => (isBlank(text) ? 'unnamed drink' : withoutLineBreaks(text));

const portion = (quantity: number, drink: string): string => `${String(quantity)} × ${drink}`;

/** Without thousands separators: the contract says that a text contains the plain number. */
const counted = (count: number, thing: string): string =>
  count === 1 ? `1 ${thing}` : `${String(count)} ${thing}s`;
