import { expect } from 'chai';
import { recount, type Topics } from '../../../scripts/demo/recount.ts';
import type { LogRecord } from '../../../src/kafka/log-record.ts';
import type { Headers } from '../../../src/processor/ports.ts';

const NONE: Topics = { requested: [], closed: [], summary: [], rejected: [], deadLetters: [] };

const record = (topic: string, offset: number, value: string, headers: Headers = []): LogRecord => ({
  topic,
  partition: 3,
  offset,
  key: Buffer.from('C1'),
  value: Buffer.from(value),
  timestamp: 0,
  headers,
});

const command = (offset: number, value = `command ${String(offset)}`): LogRecord =>
  record('run.close.requested', offset, value);

const event = (topic: string, source: number, run = `run-${String(source)}`): LogRecord =>
  record(topic, source, topic, [
    ['ce_subject', Buffer.from(run)],
    ['source-offset', Buffer.from(`run.close.requested/3/${String(source)}`)],
  ]);

const deadLetter = (source: number): LogRecord =>
  record('run.close.requested.dlq', source, 'not a command', [
    ['__connect.errors.topic', Buffer.from('run.close.requested')],
    ['__connect.errors.partition', Buffer.from('3')],
    ['__connect.errors.offset', Buffer.from(String(source))],
  ]);

const closing = (source: number, run?: string): Pick<Topics, 'closed' | 'summary'> => ({
  closed: [event('run.closed', source, run)],
  summary: [event('run.summary', source, run)],
});

describe('the recount of the demo', () => {
  it('finds one outcome for every command', () => {
    const topics: Topics = {
      requested: [command(0), command(1), command(2), command(3, 'command 0')],
      ...closing(0),
      rejected: [event('run.close.rejected', 1)],
      deadLetters: [deadLetter(2)],
    };
    expect(recount(topics)).to.deep.equal({
      outcomes: { closed: 1, rejected: 1, 'dead-letter': 1, duplicate: 1 },
      faults: [],
    });
  });

  it('misses a command without an outcome', () => {
    expect(recount({ ...NONE, requested: [command(7)] }).faults).to.deep.equal([
      'run.close.requested/3/7 is lost',
    ]);
  });

  it('takes no command for a duplicate of a later one', () => {
    const requested = [command(0, 'the same'), command(1, 'the same')];
    expect(recount({ ...NONE, requested, ...closing(1) }).faults).to.deep.equal([
      'run.close.requested/3/0 is lost',
    ]);
  });

  it('notices an outcome that came twice', () => {
    const { closed, summary } = closing(0);
    const doubled = { ...NONE, requested: [command(0)], closed: [...closed, ...closed], summary };
    expect(recount(doubled).faults).to.deep.equal([
      'run.close.requested/3/0 led to closed and closed and summary',
      'run run-0 of channel C1 is closed twice',
    ]);
  });

  it('notices a run that two commands have closed', () => {
    const [first, second] = [closing(0, 'run-1'), closing(1, 'run-1')];
    const topics: Topics = {
      ...NONE,
      requested: [command(0), command(1)],
      closed: [...first.closed, ...second.closed],
      summary: [...first.summary, ...second.summary],
    };
    expect(recount(topics).faults).to.deep.equal(['run run-1 of channel C1 is closed twice']);
  });

  it('notices an event of which the other half is missing', () => {
    const torn = { ...NONE, requested: [command(0)], closed: closing(0).closed };
    expect(recount(torn).faults).to.deep.equal(['run.close.requested/3/0 led to closed']);
  });

  it('notices an outcome of no command', () => {
    expect(recount({ ...NONE, deadLetters: [deadLetter(9)] }).faults).to.deep.equal([
      'deadLetters of run.close.requested/3/9, where no command stands',
    ]);
  });
});
