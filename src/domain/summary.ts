import type { Order, RunSummary } from './records.ts';
import { createNames, plain } from './words/names.ts';
import { timeOfDay } from './words/time-of-day.ts';

/** A summary as far as it holds facts. */
export type SummaryFacts = Omit<RunSummary, 'channelText' | 'runnerText'>;

/** What the channel is told: plain text in lines; whoever renders it escapes. */
export const channelText = (summary: SummaryFacts): string => {
  const { channelName, runner, pickupTime, pickupNote, orders, participantCount } = summary;
  const nameOf = createNames(orders);
  return [
    `Coffee run${channelName === null ? '' : ` in ${plain(channelName)}`}: ${nameOf(runner)} goes`,
    ...(pickupTime === null ? [] : [`Pickup: ${timeOfDay(pickupTime)}`]),
    ...(pickupNote === null ? [] : [`Note: ${plain(pickupNote)}`]),
    '',
    participantCount === 1 ? '1 participant:' : `${String(participantCount)} participants:`,
    ...orders.map((order) => orderLine(nameOf(order), order)),
    '',
    summary.fairnessExplanation,
  ].join('\n');
};

/** What the runner is told: what the channel is, and what to carry. */
export const runnerText = (
  channelText: string,
  { totalDrinks, remindersEnabled, reminderOffsetMinutes }: SummaryFacts,
): string =>
  [
    channelText,
    '',
    `Drinks in total: ${String(totalDrinks)}`,
    ...(remindersEnabled ? [`Reminder offset: ${minutes(reminderOffsetMinutes)}`] : []),
  ].join('\n');

const orderLine = (name: string, { text, quantity, provenance, submittedAt, confirmed }: Order): string => {
  const drink = quantity === 1 ? plain(text) : `${String(quantity)} × ${plain(text)}`;
  const source = provenance === 'manual' ? '' : `, ${plain(provenance)}`;
  return `- ${name}: ${drink} (${timeOfDay(submittedAt)}${source})${confirmed ? '' : ' (not confirmed)'}`;
};

const minutes = (count: number): string => (count === 1 ? '1 minute' : `${String(count)} minutes`);
