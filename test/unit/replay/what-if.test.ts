import { expect } from 'chai';
import { createRandom } from '../../../scripts/chaos/random.ts';
import { createOffice } from '../../../scripts/chaos/stream/office.ts';
import {
  DEFAULT_CHANNEL_POLICY,
  POLICY_NAMES,
  type ChannelPolicy,
} from '../../../src/domain/channel-policy.ts';
import type { RunClosed, RunCloseRequested } from '../../../src/domain/records.ts';
import { createWhatIf, type WhatIfReport } from '../../../src/replay/what-if/what-if.ts';
import type { RunSettings } from '../../../src/replay/reconstructed-command.ts';
import { aCommand, anOrder } from '../../support/commands.ts';
import { codec, recorded } from '../../support/replay/recorded.ts';

const eventsOf = async (
  commands: readonly RunCloseRequested[],
  policy: Partial<ChannelPolicy>,
): Promise<readonly RunClosed[]> => {
  const version = {
    channelId: 'C1',
    policy: { ...DEFAULT_CHANNEL_POLICY, ...policy, version: 1 },
    afterRevision: 0,
  };
  const { steps } = await recorded(commands, [version]);
  return steps
    .flatMap((step) => (step.kind === 'command' ? step.emitted : []))
    .filter(({ kind }) => kind === 'run.closed')
    .map(({ record }) => codec.readBody('run.closed', (record.value as Buffer).subarray(5)) as RunClosed);
};

const inOffice = (runs: number): RunCloseRequested[] => {
  const office = createOffice('C1', createRandom(3, 'what if'), Date.UTC(2026, 0, 5));
  return Array.from({ length: runs }, (_, n) => office.nextCommand(n));
};

/** Twelve people who are always there. */
const everybody = (runs: number): RunCloseRequested[] =>
  Array.from({ length: runs }, (_, n) =>
    aCommand({
      commandId: `c${n}`,
      runId: `r${n}`,
      orders: Array.from({ length: 12 }, (_person, k) =>
        anOrder({ userId: `U${String(k).padStart(2, '0')}` }),
      ),
    }),
  );

const ask = (events: readonly RunClosed[], changes: Partial<RunSettings>): WhatIfReport => {
  const whatIf = createWhatIf(changes, 3);
  for (const event of events) whatIf.take(event);
  return whatIf.report();
};

describe('What if', () => {
  for (const policy of POLICY_NAMES) {
    it(`changes nothing under what was in force: ${policy}`, async () => {
      const report = ask(await eventsOf(inOffice(150), { policy }), { policy });
      expect(report).to.deep.include({ picksChanged: 0, examples: [], beginInTheMiddle: 0 });
      expect(report.whatIf).to.deep.equal(report.was);
      expect(report.runs).to.be.above(100);
    });
  }

  it('shows that a window lets only the first ids ever run, where fair-share shares', async () => {
    const report = ask(await eventsOf(everybody(120), { policy: 'window-count' }), { policy: 'fair-share' });
    expect(report.was.worstDeviation?.runs).to.be.closeTo(-10, 1e-9);
    expect(report.was.longestDrought?.runs).to.equal(120);
    expect(Math.abs(report.whatIf.worstDeviation?.runs ?? 0)).to.be.below(1);
    expect(report.whatIf.longestDrought?.runs).to.be.below(24);
    expect(report.whatIf.roles).to.deep.equal([
      { role: 'daily', people: 12, made: 120, fairShare: report.was.roles[0]?.fairShare },
      ...['regular', 'weekly', 'rare'].map((role) => ({ role, people: 0, made: 0, fairShare: 0 })),
    ]);
    expect(report.examples).to.have.length(3);
  });

  it('lets each pick have its consequences', async () => {
    const commands = inOffice(200);
    const truly = await eventsOf(commands, { policy: 'least-recent' });
    const report = ask(await eventsOf(commands, { policy: 'fair-share' }), { policy: 'least-recent' });
    expect(report.whatIf).to.deep.equal(ask(truly, { policy: 'least-recent' }).was);
  });

  it('counts an event that was emitted again once, and says if the first runs are missing', async () => {
    const events = await eventsOf(inOffice(100), {});
    const late = events.slice(20);
    expect(ask([...late, ...late], { repeat: 'soft' })).to.deep.equal(ask(late, { repeat: 'soft' }));
    expect(ask(late, { repeat: 'soft' })).to.include({ beginInTheMiddle: 1, runs: late.length });
  });

  it('counts the runs that are missing in the middle, once each', async () => {
    const events = await eventsOf(inOffice(100), {});
    const broken = events.filter((_, n) => n !== 40 && n !== 60 && n !== 61);
    const report = ask([...broken, ...broken], { repeat: 'soft' });
    expect(report).to.include({ missingRuns: 3, channelsWithMissingRuns: 1, beginInTheMiddle: 0 });
    expect(ask(events.slice(20), { repeat: 'soft' })).to.include({
      missingRuns: 0,
      channelsWithMissingRuns: 0,
    });
  });
});
