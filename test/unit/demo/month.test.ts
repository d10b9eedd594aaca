import { expect } from 'chai';
import { readMonth } from '../../../scripts/demo/month.ts';

describe('the month of the demo', () => {
  const { channels, entries } = readMonth();

  it('is published in order of time', () => {
    const times = entries.map(({ at }) => at);
    expect(times).to.deep.equal(times.toSorted((a, b) => a - b));
    expect(new Date(times[0] ?? 0).toISOString()).to.equal('2026-10-01T08:16:00.000Z');
  });

  it('holds a hundred records of every outcome', () => {
    const counts: Record<string, number> = {};
    for (const { outcome } of entries) counts[outcome] = (counts[outcome] ?? 0) + 1;
    expect(counts).to.deep.equal({
      closed: 90,
      duplicate: 3,
      'dead-letter': 1,
      CHANNEL_DISABLED: 1,
      COMMAND_ID_REUSED: 1,
      INVALID_COMMAND: 1,
      NO_ELIGIBLE_RUNNER: 1,
      RUN_ALREADY_CLOSED: 1,
      UNAUTHORIZED: 1,
    });
  });

  it('spells out what a row says in short', () => {
    const entry = entries.find((it) => it.kind === 'command' && it.command.runId === 'support-20');
    expect(entry).to.deep.include({ kind: 'command', channelId: 'support', outcome: 'closed' });
    const command = entry?.kind === 'command' ? entry.command : undefined;
    expect(command).to.deep.include({
      commandId: 'close-support-20',
      initiatorUserId: 'mateo',
      actorUserId: 'mateo',
      pickupTime: Date.parse('2026-10-20T08:40:00Z'),
      pickupNote: 'Second counter, ask for Luca',
    });
    expect(
      command?.orders.map(({ displayName, quantity }) => `${displayName} ${String(quantity)}`),
    ).to.deep.equal(['Mateo 1', 'Lena 1', 'Ines 2', 'Nadia 1', 'Quinn 1', 'Rosa 1']);
    expect(command?.orders[1]).to.deep.include({ text: 'chai', provenance: 'standing order', canRun: true });
  });

  it('repeats a command byte for byte', () => {
    const commands = entries.flatMap((it) => (it.kind === 'command' ? [it] : []));
    for (const { command } of commands.filter(({ outcome }) => outcome === 'duplicate')) {
      expect(commands.find((it) => it.command.runId === command.runId)?.command).to.deep.equal(command);
    }
  });

  it('knows how each channel is set up', () => {
    expect(channels.filter(({ settings }) => settings.length > 0)).to.deep.equal([
      { channelId: 'design', settings: ['--repeat', 'soft'] },
      { channelId: 'rooftop', settings: ['--enabled', 'false'] },
    ]);
  });
});
