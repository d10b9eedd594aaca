import { expect } from 'chai';
import { openReportFile } from '../../../../src/cli/replay/rebuild/report-file.ts';
import { exitCodeOf } from '../../../../src/cli/frame/exit-codes.ts';

const failureOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => expect.fail('it succeeded'),
    (error: unknown) => error,
  );

describe('The report of a rebuild', () => {
  it('that has no place is wrong use', async () => {
    expect(exitCodeOf(await failureOf(openReportFile('/nowhere/report', [])))).to.equal(64);
  });

  it('that finds its disk full is a failure, not wrong use', async () => {
    const report = await openReportFile('/dev/full', []);
    expect(exitCodeOf(await failureOf(report.add({ kind: 'difference' })))).to.equal(1);
    await report.close();
  });
});
