import { expect } from 'chai';
import { findingText } from '../../../../src/cli/doctor/finding-text.ts';
import { NO_COLORS } from '../../../../src/cli/frame/colors.ts';
import { found, ok } from '../../../../src/operations/doctor/findings.ts';

describe('The text of a finding', () => {
  it('is one line if all is well', () => {
    expect(findingText(ok('clock', 'all agree'), NO_COLORS)).to.deep.equal(['ok       clock: all agree']);
  });

  it('says what it means and what mends it, and fits into 80 columns except for the command', () => {
    const command = `kafka-configs.sh ${'--option '.repeat(20)}`.trim();
    const text = findingText(
      found('topic settings', 'retention-limited-by-size', `run.closed ${'has a long text '.repeat(9)}`, {
        command,
      }),
      NO_COLORS,
    );
    expect(text.at(-1)).to.equal('         more:  docs/runbook.md#retention-limited-by-size');
    expect(text.at(-2)).to.equal(`         run:   ${command}`);
    expect(text.filter((line) => !line.includes(command)).every((line) => line.length <= 80)).to.equal(true);
  });

  it('shows no control characters of a name', () => {
    expect(findingText(ok('topics', 'a\u001b[31m\nb'), NO_COLORS).join('')).not.to.match(/[\u001b\n]/);
  });
});
