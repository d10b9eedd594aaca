import { expect } from 'chai';
import pc from 'picocolors';
import { rebuildText, whatNext, type RebuildReport } from '../../../../src/cli/replay/rebuild-text.ts';
import { createDivergences, type Divergence } from '../../../../src/replay/verify/divergence.ts';

const plain = pc.createColors(false);

const altered: Divergence = {
  code: 'EVENT_ALTERED',
  channelId: 'C1',
  runId: 'run-1',
  commandId: 'command-1',
  source: 'run.close.requested/0/1',
  where: 'run.closed/0@1',
  field: 'runner.userId',
  expected: 'U1',
  found: 'U2',
};

const found = (limit: number, ...divergences: readonly Divergence[]) => {
  const all = createDivergences(limit);
  for (const each of divergences) all.add(each);
  return all;
};

const report = (changes: Partial<RebuildReport>): RebuildReport => ({
  totals: { channels: 1, closed: 2, rejected: 0, duplicates: 0 },
  channelId: null,
  contradictions: found(20),
  differences: found(20),
  pauseMs: null,
  policies: 0,
  unchecked: [],
  reportFile: 'report.ndjson',
  ...changes,
});

describe('The report of a rebuild', () => {
  it('lists contradictions up to the limit, and names the file with all of them', () => {
    const contradictions = found(1, altered, { ...altered, runId: 'run-2' });
    expect(rebuildText(report({ contradictions }), plain).split('\n')).to.deep.equal([
      'what     channel  run    command at  where       field    expected  found',
      'EVENT_   C1       run-1  run.close.  run.        runner.  U1        U2',
      'ALTERED                  requested/  closed/0@1  userId',
      '                         0@1',
      '',
      'Rebuilt: 1 ledger from 2 closed runs, 0 rejections and 0 duplicates.',
      'The rebuild contradicts emitted events: 2 differences: 2 EVENT_ALTERED.',
      'The stored tables agree with the rebuild.',
      'All differences are in report.ndjson.',
    ]);
  });

  it('never ends with a command that is refused', () => {
    const contradicting = report({ contradictions: found(20, altered) });
    for (const asked of [{}, { swap: true }, { swap: true, yes: true }])
      expect(whatNext(asked, contradicting))
        .to.include('--restart')
        .and.to.match(/--swap --yes --despite-events\.$/);
    const differing = report({ differences: found(20, { ...altered, code: 'DECISION_ALTERED' }) });
    expect(whatNext({}, differing)).to.match(/To swap: runclose replay rebuild --swap --yes$/);
  });
});
