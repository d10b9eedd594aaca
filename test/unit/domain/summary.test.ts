import { expect } from 'chai';
import { DEFAULT_CHANNEL_POLICY } from '../../../src/domain/channel-policy.ts';
import type { RunCloseRequested } from '../../../src/domain/records.ts';
import { channelText, runnerText } from '../../../src/domain/summary.ts';
import { closedOf, createChannel } from '../../support/channel.ts';
import { aCommand, anOrder } from '../../support/commands.ts';

const textOf = (facts: Partial<RunCloseRequested>): string => {
  const command = aCommand(facts);
  return channelText(command, closedOf(createChannel().preview(command)), command.orders);
};

describe('the text for the channel', () => {
  it('tells who goes, when, for whom and why', () => {
    const orders = [
      anOrder({ userId: 'U1', displayName: 'Dana', text: 'Flat white', canRun: false }),
      anOrder({
        userId: 'U2',
        displayName: 'Eli',
        text: 'Espresso',
        quantity: 2,
        provenance: 'usual order',
        submittedAt: Date.UTC(2026, 0, 5, 7, 5),
        confirmed: false,
      }),
    ];
    const pickupTime = Date.UTC(2026, 0, 5, 8, 15);
    expect(textOf({ orders, pickupTime, pickupNote: 'at the side door' })).to.equal(
      [
        'Coffee run in coffee: Eli goes',
        'Pickup: 08:15 UTC',
        'Note: at the side door',
        '',
        '2 participants:',
        '- Dana: Flat white (08:00 UTC)',
        '- Eli: 2 × Espresso (07:05 UTC, usual order) (not confirmed)',
        '',
        "Eli makes this run. Eli has made 0 and drunk 0.00 runs' worth: level. Eli is the only one here who could go.",
      ].join('\n'),
    );
  });

  it('leaves out what is not known', () => {
    expect(textOf({ channelName: null, orders: [anOrder()] })).to.equal(
      [
        'Coffee run: Dana goes',
        '',
        '1 participant:',
        '- Dana: Flat white (08:00 UTC)',
        '',
        "Dana makes this run. Dana has made 0 and drunk 0.00 runs' worth: level. Dana is the only one here who could go.",
      ].join('\n'),
    );
  });

  it('keeps each field on its line', () => {
    const order = anOrder({ displayName: 'Da\nna', text: 'Flat\u2028white', provenance: 'by\thand' });
    const text = textOf({ channelName: 'cof\0fee', pickupNote: 'side\r\ndoor', orders: [order] });
    expect(text.split('\n').slice(0, 5)).to.deep.equal([
      'Coffee run in cof fee: Da na goes',
      'Note: side  door',
      '',
      '1 participant:',
      '- Da na: Flat white (08:00 UTC, by hand)',
    ]);
  });

  it('tells people apart who share a name', () => {
    const orders = [anOrder({ userId: 'U1', canRun: false }), anOrder({ userId: 'U2', displayName: 'U1' })];
    const [first, ...others] = textOf({ orders }).split('\n');
    expect(first).to.equal('Coffee run in coffee: U1 (U2) goes');
    expect(others).to.include('- U1 (U1): Flat white (08:00 UTC)');
  });
});

describe('the text for the runner', () => {
  const reminders = (reminderOffsetMinutes: number, remindersEnabled = true) => ({
    ...DEFAULT_CHANNEL_POLICY,
    remindersEnabled,
    reminderOffsetMinutes,
  });

  it('adds to the text for the channel what to carry, and the reminder', () => {
    expect(runnerText('For the channel', 7, reminders(5))).to.equal(
      'For the channel\n\nDrinks in total: 7\nReminder offset: 5 minutes',
    );
    expect(runnerText('For the channel', 7, reminders(1))).to.match(/: 1 minute$/);
  });

  it('does not speak of reminders where they are off', () => {
    expect(runnerText('For the channel', 7, reminders(5, false))).to.equal(
      'For the channel\n\nDrinks in total: 7',
    );
  });
});
