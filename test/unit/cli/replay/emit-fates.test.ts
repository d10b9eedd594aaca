import { PassThrough } from 'node:stream';
import { expect } from 'chai';
import { createOutput } from '../../../../src/cli/frame/output.ts';
import { createFates, type FateRules } from '../../../../src/operations/emit/emit-fates.ts';
import { printEmit, type EmitResult } from '../../../../src/cli/replay/emit-report.ts';
import { createEmitCounts } from '../../../../src/operations/emit/emit-counts.ts';
import { createOffsetSet } from '../../../../src/kafka/read/offset-set.ts';

const event = (offset: number, type = 'run.closed') => ({
  key: Buffer.from('C1'),
  headers: [
    ['ce_type', Buffer.from(type)],
    ['source-offset', Buffer.from(`in/0/${String(offset)}`)],
  ] as const,
});

const rules: FateRules = { channelId: undefined, isPurged: () => false, sent: createOffsetSet() };

describe('The fate of an event that is in the source twice', () => {
  it('is sent once, and its copy is not taken for one that is in the target', () => {
    const fateOf = createFates(rules);
    const fates = [1, 2, 1, 1].map((offset) => fateOf('run.closed', event(offset)));
    expect(fates).to.deep.equal(['sent', 'sent', 'doubled', 'doubled']);
    expect(fateOf('run.summary', event(1, 'run.summary')), 'of another type').to.equal('sent');
  });

  it('is in the target once, however often it is in the source', () => {
    const sent = createOffsetSet();
    sent.add('run.closed in/0', 1);
    const fateOf = createFates({ ...rules, sent });
    expect([1, 1, 2].map((offset) => fateOf('run.closed', event(offset)))).to.deep.equal([
      'sent-before',
      'doubled',
      'sent',
    ]);
  });

  it('is distinguished from events that the target holds already', async () => {
    const lane = {
      type: 'run.closed',
      topic: 'run.closed',
      partition: 0,
      partitions: 1,
      from: 0,
      to: 4,
    } as const;
    const report = createEmitCounts([lane]);
    for (const fate of ['sent', 'sent', 'doubled', 'doubled'] as const) report.add(lane, fate);
    const result: EmitResult = {
      replay: 'r',
      to: 'mirror',
      done: false,
      partitioning: 'same',
      unchecked: [],
      ...report.result({ count: 0 }),
    };
    expect(result).to.include({ sent: 2, sentBefore: 0, doubled: 2, copies: 0 });
    const stdout = new PassThrough();
    await printEmit(result, createOutput({ stdout, stderr: new PassThrough() }, {}));
    expect(String(stdout.read()))
      .to.include('as replay r; 0 are there already.')
      .and.to.include('Left out: 2 duplicates in the source. Each event is sent once.');
  });
});
