import type { ChannelPolicy } from './channel-policy.ts';
import type { ClosedRun } from './ledger.ts';
import type { Order, RunCloseRequested } from './records.ts';
import { createNames, plain } from './words/names.ts';
import { timeOfDay } from './words/time-of-day.ts';

/** What the channel is told: plain text in lines; whoever renders it escapes. */
export const channelText = (
  { channelName, pickupTime, pickupNote }: RunCloseRequested,
  { runner, fairness }: ClosedRun,
  orders: readonly Order[],
): string => {
  const nameOf = createNames(orders);
  return [
    `Coffee run${channelName === null ? '' : ` in ${plain(channelName)}`}: ${nameOf(runner)} goes`,
    ...(pickupTime === null ? [] : [`Pickup: ${timeOfDay(pickupTime)}`]),
    ...(pickupNote === null ? [] : [`Note: ${plain(pickupNote)}`]),
    '',
    `${counted(orders.length, 'participant')}:`,
    ...orders.map((order) => orderLine(nameOf(order), order)),
    '',
    fairness.explanation,
  ].join('\n');
};

/** What the runner is told: what the channel is, what to carry, and the reminder. */
export const runnerText = (
  toChannel: string,
  totalDrinks: number,
  { remindersEnabled, reminderOffsetMinutes }: ChannelPolicy,
): string =>
  [
    toChannel,
    '',
    `Drinks in total: ${String(totalDrinks)}`,
    ...(remindersEnabled ? [`Reminder offset: ${counted(reminderOffsetMinutes, 'minute')}`] : []),
  ].join('\n');

const orderLine = (name: string, { text, quantity, provenance, submittedAt, confirmed }: Order): string => {
  const drink = quantity === 1 ? plain(text) : `${String(quantity)} × ${plain(text)}`;
  const source = provenance === 'manual' ? '' : `, ${plain(provenance)}`;
  return `- ${name}: ${drink} (${timeOfDay(submittedAt)}${source})${confirmed ? '' : ' (not confirmed)'}`;
};

const counted = (count: number, thing: string): string =>
  count === 1 ? `1 ${thing}` : `${String(count)} ${thing}s`;
