import { expect } from 'chai';
import pc from 'picocolors';
import { countsText, reportText } from '../../../../src/cli/replay/verify-text.ts';
import { count, withThousands } from '../../../../src/domain/words/count.ts';
import type { VerifyReport } from '../../../../src/replay/verify/report.ts';

describe('How many there are', () => {
  it('is said with separators, and of one in the singular', () => {
    expect([0, 1, 2, 12_345].map((n) => count(n, 'run'))).to.deep.equal([
      '0 runs',
      '1 run',
      '2 runs',
      '12,345 runs',
    ]);
    expect(withThousands(1_234_567)).to.equal('1,234,567');
  });

  it('is said alike in the report of a verification', () => {
    const report: VerifyReport = {
      commands: 1,
      channels: 1,
      outcomes: { closed: 1, rejected: 0, duplicates: 0, deadLetters: 0 },
      compared: { events: 2_000, decisions: 1, ledgers: 1 },
      forgotten: { everybody: 0, somePeople: 0 },
      divergences: 0,
      counts: {},
      listed: [],
    };
    expect(reportText(report, [], pc.createColors(false)).split('\n')).to.deep.equal([
      '1 command of 1 channel decided again: 1 closed, 0 rejected, 0 duplicates, 0 dead letters.',
      'Compared: 2,000 events, 1 stored decision, 1 ledger.',
      'No difference.',
    ]);
    expect(countsText(1, [['LEDGER_MISSING', 1]])).to.equal('1 difference: 1 LEDGER_MISSING.');
  });
});
