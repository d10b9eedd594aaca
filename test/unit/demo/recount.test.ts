import { expect } from 'chai';
import { recount } from '../../../scripts/demo/recount.ts';
import type { TailRecord } from '../../../scripts/demo/tail.ts';

const record = (topic: string, offset: number, rest: Partial<TailRecord> = {}): TailRecord => ({
  topic: `demo.${topic}`,
  partition: 3,
  offset,
  key: 'C1',
  headers: {},
  value: `record ${String(offset)}`,
  ...rest,
});

const command = (offset: number, value?: string): TailRecord =>
  record('run.close.requested', offset, value === undefined ? {} : { value });

const event = (topic: string, source: number, run = `run-${String(source)}`): TailRecord =>
  record(topic, source, {
    value: { reason: 'UNAUTHORIZED' },
    headers: { ce_subject: run, 'source-offset': `demo.run.close.requested/3/${String(source)}` },
  });

const deadLetter = (source: number): TailRecord =>
  record('run.close.requested.dlq', source, {
    headers: {
      '__connect.errors.topic': 'demo.run.close.requested',
      '__connect.errors.partition': '3',
      '__connect.errors.offset': String(source),
    },
  });

const closing = (source: number, run?: string): TailRecord[] => [
  event('run.summary', source, run),
  event('run.closed', source, run),
];

const faultsOf = (...records: TailRecord[]): readonly string[] => recount(records, 'demo.').faults;

describe('the recount of the demo', () => {
  it('finds one outcome for every command', () => {
    const commands = [command(0, 'the same'), command(1), command(2), command(3, 'the same')];
    const records = [...closing(0), event('run.close.rejected', 1), deadLetter(2), ...commands];
    const { outcomes, faults } = recount(records, 'demo.');
    expect(Object.fromEntries(outcomes)).to.deep.equal({
      closed: 1,
      UNAUTHORIZED: 1,
      'dead-letter': 1,
      duplicate: 1,
    });
    expect(faults).to.deep.equal([]);
  });

  it('misses a command without an outcome', () => {
    expect(faultsOf(command(7))).to.deep.equal(['demo.run.close.requested/3/7 emitted nothing']);
  });

  it('takes no command for a duplicate of a later one', () => {
    expect(faultsOf(command(0, 'the same'), command(1, 'the same'), ...closing(1))).to.deep.equal([
      'demo.run.close.requested/3/0 emitted nothing',
    ]);
  });

  it('notices an outcome that came twice', () => {
    expect(faultsOf(command(0), ...closing(0), event('run.closed', 0))).to.deep.equal([
      'demo.run.close.requested/3/0 emitted run.closed, run.closed, run.summary',
      'run run-0 of channel C1 is closed twice',
    ]);
  });

  it('notices a run that two commands have closed', () => {
    expect(faultsOf(command(0), command(1), ...closing(0, 'run-1'), ...closing(1, 'run-1'))).to.deep.equal([
      'run run-1 of channel C1 is closed twice',
    ]);
  });

  it('notices an event whose other half is missing', () => {
    expect(faultsOf(command(0), event('run.closed', 0))).to.deep.equal([
      'demo.run.close.requested/3/0 emitted run.closed',
    ]);
  });

  it('notices an outcome of no command', () => {
    expect(faultsOf(deadLetter(9))).to.deep.equal([
      'demo.run.close.requested/3/9 emitted run.close.requested.dlq, but holds no command',
    ]);
  });
});
