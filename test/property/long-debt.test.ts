import { expect } from 'chai';
import type { ChannelPolicy } from '../../src/domain/channel-policy.ts';
import { UNIT } from '../../src/domain/ledger.ts';
import { createChannel } from '../support/channel.ts';
import { aCommand, anOrder } from '../support/commands.ts';

const PEOPLE = ['U1', 'U2', 'U3', 'U4', 'Rosa'];
const RUNS_WITHOUT_ROSA = 50;

/** The figures of docs/fairness.md. */
describe('Somebody who always orders and cannot go', () => {
  const channelOf = (policy: Partial<ChannelPolicy>) => {
    const channel = createChannel(policy);
    let run = 0;
    const close = (rosa: 'can go' | 'cannot go'): string => {
      run += 1;
      const orders = PEOPLE.map((userId) =>
        anOrder({ userId, canRun: userId !== 'Rosa' || rosa === 'can go' }),
      );
      channel.close(aCommand({ commandId: `command-${String(run)}`, runId: `run-${String(run)}`, orders }));
      return channel.ledger().head.previousRunner ?? '';
    };
    const owed = (): number => -(channel.ledger().members.get('Rosa')?.balance ?? 0) / UNIT;
    return { close, owed };
  };

  for (const [repeat, expected] of [
    ['soft', { inARow: 12, rosa: 12, runs: 12 }],
    ['strict', { inARow: 1, rosa: 16, runs: 31 }],
  ] as const)
    it(`owes a fair share of each run, and pays it when able: repeat is ${repeat}`, () => {
      const { close, owed } = channelOf({ repeat });
      for (let run = 0; run < RUNS_WITHOUT_ROSA; run += 1) close('cannot go');
      expect(owed()).to.equal(RUNS_WITHOUT_ROSA / PEOPLE.length);
      const runners: string[] = [];
      while (owed() > 0.5 && runners.length < 100) runners.push(close('can go'));
      const others = runners.findIndex((runner) => runner !== 'Rosa');
      expect({
        inARow: others < 0 ? runners.length : others,
        rosa: runners.filter((runner) => runner === 'Rosa').length,
        runs: runners.length,
      }).to.deep.equal(expected);
    });
});
