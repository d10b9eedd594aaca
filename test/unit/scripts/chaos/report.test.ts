import { expect } from 'chai';
import { allHeld, examine, judge, type RunFacts } from '../../../../scripts/chaos/record.ts';
import { report } from '../../../../scripts/chaos/report.ts';
import { honestEvidence } from '../../../support/honest-evidence.ts';

const facts = (changes: Partial<RunFacts> = {}): RunFacts => ({
  options: { commands: 100, instances: 2, brokers: 1, seed: 7, output: 'table', afterwards: 'remove' },
  lives: [examine(honestEvidence())],
  notes: ['a broker was away'],
  faults: [
    { kind: 'kill-broker', title: 'broker killed', planned: 2, fired: 1, failures: ['it hid'], broken: [] },
  ],
  published: new Map([['new command', 5]]),
  seconds: 10,
  ...changes,
});

describe('The record of a chaos run', () => {
  it('says what happened, and that all held', () => {
    const record = judge(facts());
    expect(record.verdict).to.equal('held');
    expect(record.outcomes).to.deep.equal({ closed: 3, rejected: 2, 'dead letter': 1, duplicate: 1 });
    expect(record.takeovers).to.equal(2);
    expect(report(record)).to.include('kill-broker did not fire: it hid').and.include('a broker was away');
  });

  it('counts violations before and after the topics were created again', () => {
    const honest = examine(honestEvidence());
    const lost = examine({ ...honestEvidence(), ledgers: new Map() });
    expect([allHeld(honest), allHeld(lost)]).to.deep.equal([true, false]);
    for (const lives of [[honest, lost] as const, [lost, honest] as const]) {
      const record = judge(facts({ lives }));
      expect(record.verdict).to.equal('violated');
      expect(record.outcomes).to.deep.equal({ closed: 6, rejected: 4, 'dead letter': 2, duplicate: 2 });
      expect(record.takeovers).to.equal(4);
      expect(record.invariants[3]).to.deep.include({
        id: 'I4',
        violations: lost.violations.get('I4')?.length,
      });
    }
  });

  it('is no success when a planned fault never fired', () => {
    const [fault] = facts().faults;
    const record = judge(facts({ faults: fault === undefined ? [] : [{ ...fault, fired: 0 }] }));
    expect(record.verdict).to.equal('faults missing');
  });

  it('is a violation if a partition stood still during a fault', () => {
    const [fault] = facts().faults;
    const record = judge(
      facts({ faults: fault === undefined ? [] : [{ ...fault, broken: ['3 stood still'] }] }),
    );
    expect(record.verdict).to.equal('violated');
    expect(report(record)).to.include('I9: 3 stood still');
  });

  it('names the first few violations, counts them all, and says how to see them again', () => {
    const evidence = {
      ...honestEvidence(),
      contradictions: Array.from({ length: 9 }, (_, n) => `lie ${String(n)}`),
    };
    const record = judge(facts({ lives: [examine(evidence)] }));
    expect(record.verdict).to.equal('violated');
    expect(record.invariants.at(-1)).to.deep.include({ id: 'I12', violations: 9 });
    const text = report(record);
    expect(text).to.include('I12: lie 4').and.include('I12: and 4 more').and.not.include('lie 5');
    expect(text).to.include('npm run chaos -- --commands 100 --instances 2 --brokers 1 --seed 7');
  });
});
