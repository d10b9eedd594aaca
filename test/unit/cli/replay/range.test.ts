import { expect } from 'chai';
import { InvalidArgumentError } from 'commander';
import type { GroupOffsets } from '../../../../src/kafka/read/group-offsets.ts';
import type { PartitionReader } from '../../../../src/kafka/read/partition-reader.ts';
import { refuseEmptyRange, resolveRanges, whereText } from '../../../../src/operations/history/range.ts';
import { where } from '../../../../src/cli/frame/where-flags.ts';

describe('A place in a topic', () => {
  it('is said as a name, a time, an offset, or offsets of partitions', () => {
    for (const text of ['earliest', 'latest', 'committed', '2026-03-02T08:15:00.000Z', '88', '0:120,3:88'])
      expect(whereText(where(text))).to.equal(text);
    expect(whereText(where('2026-03-02T09:15:00+01:00'))).to.equal('2026-03-02T08:15:00.000Z');
  });

  it('is nothing else, and no time without a zone, which would be another one elsewhere', () => {
    for (const text of [
      '',
      'first',
      '-1',
      '1.5',
      '0:1,',
      '2026-03-02',
      '2026-03-02T08:15:00',
      '2026-13-02T08:15:00Z',
    ])
      expect(() => where(text), text).to.throw(InvalidArgumentError);
    expect(() => where('2026-03-02T08:15:00')).to.throw('it has no time zone: end it with Z for UTC');
    expect(() => where('2026-02-30T08:15:00Z')).to.throw('there is no such day');
  });

  it('that lies before 1970 is the first moment: Kafka takes negative times for names of places', () => {
    expect(where('1969-12-31T23:59:59.999Z')).to.deep.equal({ kind: 'time', time: 0 });
  });
});

describe('A range between two places', () => {
  const between = (from: string, to: string) => () => refuseEmptyRange(where(from), where(to));

  it('is refused if it ends at its start or before', () => {
    for (const [from, to] of [
      ['5', '2'],
      ['5', '5'],
      ['2026-03-03T08:15:00Z', '2026-03-02T08:15:00Z'],
      ['2026-03-02T09:15:00+01:00', '2026-03-02T08:15:00Z'],
      ['0:5,1:9', '0:5,1:3'],
      ['0:5', '1:0'],
      ['5', '0:5,1:4'],
      ['5', 'earliest'],
      ['earliest', 'earliest'],
      ['latest', 'latest'],
      ['latest', '9'],
    ] as const)
      expect(between(from, to), `${from} to ${to}`).to.throw('the range is empty');
  });

  it('is accepted if it may hold a record, or if only a server can tell', () => {
    for (const [from, to] of [
      ['2', '5'],
      ['0:5,1:9', '0:5,1:10'],
      ['0:5', '5'],
      ['5', '0:6'],
      ['earliest', 'latest'],
      ['5', '2026-03-02T08:15:00Z'],
      ['committed', '0'],
    ] as const)
      expect(between(from, to), `${from} to ${to}`).not.to.throw();
    expect(() => refuseEmptyRange(where('5'), undefined)).not.to.throw();
  });

  it('is refused if it names a partition that the topic does not have', async () => {
    const ranges = (from: string, to: string) =>
      resolveRanges({ reader: READER, offsets: OFFSETS, topic: 'run.closed' }, where(from), where(to));
    const refusal = 'there is no partition 9: run.closed has 2 partitions, numbered from 0';
    for (const [from, to] of [
      ['9:3', 'latest'],
      ['earliest', '0:2,9:3'],
    ] as const) {
      const thrown: unknown = await ranges(from, to).catch((error: unknown) => error);
      expect(thrown).to.include({ code: 'WRONG_USE', message: refusal });
    }
    expect(await ranges('1:3', 'latest')).to.deep.equal([
      { partition: 0, from: 0, to: 8, complete: true },
      { partition: 1, from: 3, to: 8, complete: false },
    ]);
  });
});

const READER = {
  partitionCounts: () => Promise.resolve(new Map([['run.closed', 2]])),
  bounds: (all: readonly { readonly partition: number }[]) =>
    Promise.resolve(all.map(({ partition }) => ({ topic: 'run.closed', partition, low: 0, stable: 8 }))),
} as unknown as PartitionReader;

const OFFSETS = { committed: () => Promise.resolve(new Map()) } as unknown as GroupOffsets;
