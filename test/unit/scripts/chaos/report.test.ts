import { expect } from 'chai';
import { judge } from '../../../../scripts/chaos/record.ts';
import type { RunFacts } from '../../../../scripts/chaos/record.ts';
import { report } from '../../../../scripts/chaos/report.ts';
import { honestEvidence } from '../../../support/honest-evidence.ts';

const facts = (changes: Partial<RunFacts> = {}): RunFacts => ({
  options: { commands: 100, instances: 2, seed: 7, output: 'table', afterwards: 'remove' },
  evidence: honestEvidence(),
  faults: [{ kind: 'kill-broker', title: 'broker killed', planned: 2, fired: 1, failures: ['it hid'] }],
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
    expect(report(record)).to.include('kill-broker did not fire: it hid');
  });

  it('is no success when a planned fault never fired', () => {
    const [fault] = facts().faults;
    const record = judge(facts({ faults: fault === undefined ? [] : [{ ...fault, fired: 0 }] }));
    expect(record.verdict).to.equal('faults missing');
  });

  it('names the first few violations, counts them all, and says how to see them again', () => {
    const evidence = {
      ...honestEvidence(),
      contradictions: Array.from({ length: 9 }, (_, n) => `lie ${String(n)}`),
    };
    const record = judge(facts({ evidence }));
    expect(record.verdict).to.equal('violated');
    expect(record.invariants.at(-1)).to.deep.include({ id: 'I12', violations: 9 });
    const said = report(record);
    expect(said).to.include('I12: lie 4').and.include('I12: and 4 more').and.not.include('lie 5');
    expect(said).to.include('npm run chaos -- --commands 100 --instances 2 --seed 7');
  });
});
