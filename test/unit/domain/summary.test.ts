import { expect } from 'chai';
import { DEFAULT_CHANNEL_POLICY } from '../../../src/domain/channel-policy.ts';
import { UNIT } from '../../../src/domain/ledger.ts';
import type { RunCloseRequested } from '../../../src/domain/records.ts';
import { channelText, runnerText } from '../../../src/domain/summary.ts';
import { aLedger, closedOf, createChannel } from '../../support/channel.ts';
import { aCommand, anOrder } from '../../support/commands.ts';

const textOf = (facts: Partial<RunCloseRequested>): string => {
  const command = aCommand(facts);
  return channelText(command, closedOf(createChannel().preview(command)), command.orders);
};

const at = (hours: number, minutes: number): number => Date.UTC(2026, 0, 5, hours, minutes);

describe('the text for the channel', () => {
  it("says who goes, when, for whom and why; the runner's text adds what to fetch", () => {
    const orders = [
      anOrder({ userId: 'Mateo', text: 'espresso', submittedAt: at(8, 11) }),
      anOrder({ userId: 'Lena', text: 'chai', submittedAt: at(8, 12), provenance: 'standing order' }),
      anOrder({ userId: 'Ines', text: 'cortado', submittedAt: at(8, 13), quantity: 2, confirmed: false }),
      anOrder({ userId: 'Zed', text: 'latte', submittedAt: at(8, 15), canRun: false }),
    ];
    const command = aCommand({
      channelName: 'support-desk',
      pickupTime: at(8, 40),
      pickupNote: 'Second counter, ask for Luca',
      orders,
    });
    const ledger = aLedger(['Mateo', 'Lena', 'Ines', 'Ines', 'Ben'], {
      Mateo: { balance: -UNIT / 5 },
      Lena: { balance: UNIT / 5 },
      Ines: { balance: UNIT },
    });
    const closed = closedOf(createChannel({}, ledger).preview(command));
    const toChannel = [
      'Coffee run in support-desk: Mateo goes',
      'Pickup: 08:40 UTC',
      'Note: Second counter, ask for Luca',
      '',
      '4 participants, 5 drinks:',
      '- Mateo: espresso (08:11 UTC)',
      '- Lena: chai (08:12 UTC, standing order)',
      '- Ines: 2 × cortado (08:13 UTC, not confirmed)',
      "- Zed: latte (08:15 UTC, can't go)",
      '',
      'Mateo goes: 0.20 runs behind (made 1, fair share 1.20), the furthest of the 3 in line.',
    ].join('\n');
    expect(channelText(command, closed, orders)).to.equal(toChannel);
    expect(runnerText(toChannel, command, orders, DEFAULT_CHANNEL_POLICY)).to.equal(
      [
        toChannel,
        '',
        'To fetch, 5 drinks: 2 × cortado, 1 × chai, 1 × espresso, 1 × latte',
        'Reminder: 5 minutes before pickup, at 08:35 UTC',
      ].join('\n'),
    );
  });

  it('leaves out what is not known, and calls a channel without a name by its id', () => {
    const alone = [
      'Coffee run in C1: Dana goes',
      '',
      '1 participant:',
      '- Dana: Flat white (08:00 UTC)',
      '',
      'Dana goes: nobody else ordered.',
    ].join('\n');
    expect(textOf({ channelName: null, orders: [anOrder()] })).to.equal(alone);
    const blank = { channelName: ' ', pickupNote: '', orders: [anOrder({ provenance: '' })] };
    expect(textOf(blank)).to.equal(alone);
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

  it('tells people apart who share a name, and calls people without a name by their id', () => {
    const orders = [
      anOrder({ userId: 'U1', canRun: false }),
      anOrder({ userId: 'U2', displayName: 'U1' }),
      anOrder({ userId: 'U3', displayName: ' ', canRun: false }),
    ];
    const [first, ...others] = textOf({ orders }).split('\n');
    expect(first).to.equal('Coffee run in coffee: U1 (U2) goes');
    expect(others).to.include("- U1 (U1): Flat white (08:00 UTC, can't go)");
    expect(others).to.include("- U3: Flat white (08:00 UTC, can't go)");
  });
});

describe('the text for the runner', () => {
  const reminders = (reminderOffsetMinutes: number, remindersEnabled = true) => ({
    ...DEFAULT_CHANNEL_POLICY,
    remindersEnabled,
    reminderOffsetMinutes,
  });
  const textFor = (pickupTime: number | null, policy = reminders(5), orders = [anOrder()]) =>
    runnerText('For the channel', { pickupTime }, orders, policy);

  it('adds equal drinks up: the most first, then by text', () => {
    const drinks = ['tea', 'latte', 'tea', 'chai', 'Latte'].map((text, index) =>
      anOrder({ userId: `U${String(index)}`, text }),
    );
    const orders = [...drinks, anOrder({ userId: 'U9', text: 'chai', quantity: 10 })];
    expect(textFor(null, reminders(5), orders)).to.equal(
      'For the channel\n\nTo fetch, 15 drinks: 11 × chai, 2 × tea, 1 × Latte, 1 × latte',
    );
    expect(textFor(null)).to.equal('For the channel\n\nTo fetch, 1 drink: 1 × Flat white');
  });

  it('calls a drink without a text unnamed, here and in the text for the channel', () => {
    const orders = [anOrder({ text: '', quantity: 2 }), anOrder({ userId: 'U9', text: ' ' })];
    expect(textFor(null, reminders(5), orders)).to.match(/To fetch, 3 drinks: 3 × unnamed drink$/);
    expect(textOf({ orders })).to.include(': 2 × unnamed drink (').and.to.include(': unnamed drink (');
  });

  it('says when the reminder comes', () => {
    expect(textFor(at(8, 40), reminders(1))).to.match(/\nReminder: 1 minute before pickup, at 08:39 UTC$/);
    expect(textFor(at(0, 10), reminders(120))).to.match(
      /\nReminder: 120 minutes before pickup, at 22:10 UTC$/,
    );
    expect(textFor(at(8, 40), reminders(0))).to.match(/\nReminder: 0 minutes before pickup, at 08:40 UTC$/);
  });

  it('does not speak of reminders if they are off or the pickup time is not known', () => {
    expect(textFor(at(8, 40), reminders(5, false))).not.to.contain('Reminder');
    expect(textFor(null)).not.to.contain('Reminder');
  });
});
