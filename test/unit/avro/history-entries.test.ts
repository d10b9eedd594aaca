import { expect } from 'chai';
import { createEntryReader } from '../../../src/avro/history-entries.ts';
import { historyType } from '../../../src/avro/history-schema.ts';
import { topicNames } from '../../../src/kafka/names/topic-names.ts';
import { outputTopicsOf } from '../../../src/kafka/read/topic-history.ts';
import type { CommandStep, HistoryStep } from '../../../src/replay/history.ts';

const type = historyType();
const FACTS = {
  topic: 'run.close.requested',
  outputTopics: outputTopicsOf(topicNames()),
};

const HEADERS: readonly (readonly [string, string | null])[] = [
  ['ce_id', '6c1524a3-c36c-5f7d-9700-2b3c4c00f493'],
  ['ce_subject', 'Zoë 🙂'],
  ['nothing', null],
  ['nothing', ''],
];
const headers = HEADERS.map(([name, value]) => ({ name, value: value === null ? null : Buffer.from(value) }));
const record = (partition: number, offset: number) => ({
  partition,
  offset,
  timestamp: 1_767_225_600_000,
  key: Buffer.from('C1'),
  value: Buffer.from([0, 0, 0, 0, 1, 2, 3]),
  headers,
});
const command = (partition: number) => ({
  'runclose.history.Command': {
    ...record(partition, 2 ** 40),
    emitted: [
      { kind: 'run.closed', ...record(partition, 7) },
      { kind: 'dead-letter', ...record(partition, 8), key: null, value: null, headers: [] },
    ],
  },
});
const stray = (partition: number) => ({
  'runclose.history.Stray': { source: null, emitted: { kind: 'run.summary', ...record(partition, 9) } },
});
const END = { 'runclose.history.End': { commands: 2, emitted: 4 } };

const blockOf = (...entries: readonly object[]) => ({
  count: entries.length,
  values: Buffer.concat(entries.map((entry) => type.toBuffer(entry))),
});
const read = (block: ReturnType<typeof blockOf>, isWanted = (_partition: number) => true) => {
  const reader = createEntryReader(FACTS, isWanted);
  return { ...reader.read(block), hasEnded: reader.hasEnded() };
};
const eventIn = (steps: readonly HistoryStep[]) => (steps[0] as CommandStep).emitted[0];

describe('The entries of a history file', () => {
  it('are read as they were written, headers and all', () => {
    const { steps, hasEnded } = read(blockOf(command(3), stray(3), END));
    expect(hasEnded).to.equal(true);
    const [first, second] = steps;
    const pairs = headers.map(({ name, value }) => [name, value]);
    expect(first).to.deep.include({
      kind: 'command',
      record: { topic: FACTS.topic, ...record(3, 2 ** 40), headers: pairs },
    });
    const [closed, letter] = (first as CommandStep).emitted;
    expect(closed).to.deep.include({ kind: 'run.closed' });
    const { headers: _, ...others } = record(3, 7);
    expect(closed?.record).to.deep.include({ topic: 'run.closed', ...others });
    expect(closed?.record.headers).to.deep.equal(pairs);
    expect(letter?.record).to.deep.include({ topic: 'run.close.requested.dlq', key: null, value: null });
    expect(letter?.record.headers).to.deep.equal([]);
    expect(second).to.deep.include({ kind: 'stray', source: null });
  });

  it('are skipped if their partition is not wanted', () => {
    const block = blockOf(command(1), stray(1), command(2), stray(2), command(1));
    const { steps } = read(block, (partition) => partition === 2);
    expect(steps.map(({ kind }) => kind)).to.deep.equal(['command', 'stray']);
    expect((steps[0] as CommandStep).record.partition).to.equal(2);
  });

  it('know whether these are the headers of an event, and no others', () => {
    const present = headers.filter(({ value }) => value !== null);
    const entry = command(0)['runclose.history.Command'];
    const emitted = [{ ...entry.emitted[0], headers: present }];
    const { steps } = read(blockOf({ 'runclose.history.Command': { ...entry, emitted } }));
    const event = eventIn(steps)?.record;
    const own = HEADERS.filter((header): header is readonly [string, string] => header[1] !== null);
    expect(event?.hasHeaders?.(own)).to.equal(true);
    for (const others of [
      own.slice(1),
      own.slice(0, -1),
      [...own, ['ce_id', 'x'] as const],
      own.toReversed(),
      own.map(([name, value]) => [name, value === '' ? ' ' : value] as const),
      own.map(([name, value]) => [name, value.replace('Zoë', 'Zoe')] as const),
      own.map(([name, value]) => [name, value.slice(0, 5)] as const),
      own.map(([name, value]) => [name.toUpperCase(), value] as const),
    ])
      expect(event?.hasHeaders?.(others), JSON.stringify(others)).to.equal(false);
  });

  it('are refused wherever they are cut off', () => {
    const { count, values } = blockOf(command(0), stray(0), END);
    const all = createEntryReader(FACTS, () => true);
    const none = createEntryReader(FACTS, () => false);
    for (let length = 0; length < values.length; length += 1) {
      const block = { count, values: values.subarray(0, length) };
      expect(() => all.read(block), `${length} bytes`).to.throw();
      expect(() => none.read(block), `${length} bytes, passed over`).to.throw();
    }
  });

  it('end or are refused whichever byte is another', () => {
    const { count, values } = blockOf(command(0), stray(0), END);
    const reader = createEntryReader(FACTS, () => true);
    let headersRead = 0;
    for (let at = 0; at < values.length; at += 1)
      for (const byte of [0x00, 0x01, 0x7f, 0x80, 0xff]) {
        const altered = Buffer.from(values);
        altered[at] = byte;
        try {
          const { steps } = reader.read({ count, values: altered });
          for (const step of steps)
            if (step.kind === 'command')
              for (const { record } of step.emitted) headersRead += record.headers.length;
        } catch (error) {
          expect(error).to.be.instanceOf(Error);
        }
      }
    expect(headersRead).to.be.above(0);
  });
});
