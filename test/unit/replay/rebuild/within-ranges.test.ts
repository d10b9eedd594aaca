import { expect } from 'chai';
import type { History, HistoryStep } from '../../../../src/replay/history.ts';
import { withinRanges } from '../../../../src/replay/rebuild/within-ranges.ts';

type Named = readonly string[];

/** Steps by name: `0@3` is the command of partition 0 at 3, anything else a record that no command stands for. */
const historyOf = (portions: readonly Named[]): History =>
  ({
    facts: { ranges: [] },
    async *steps() {
      for (const portion of portions) yield await Promise.resolve(portion.map(stepOf));
    },
  }) as unknown as History;

const stepOf = (name: string): HistoryStep => {
  const [, partition, offset] = /^(\d+)@(\d+)$/.exec(name) ?? [];
  return (offset === undefined
    ? { kind: 'stray', source: name }
    : {
        kind: 'command',
        record: { partition: Number(partition), offset: Number(offset) },
        emitted: [],
      }) as unknown as HistoryStep;
};

const nameOf = (step: HistoryStep): string =>
  step.kind === 'stray' ? String(step.source) : `${step.record.partition}@${step.record.offset}`;

const read = async (portions: readonly Named[]): Promise<Named[]> => {
  const ranges = [
    { partition: 0, from: 2, to: 4, complete: false },
    { partition: 1, from: 0, to: 1, complete: true },
  ];
  const history = withinRanges(historyOf(portions), ranges);
  expect(history.facts.ranges).to.equal(ranges);
  const found: Named[] = [];
  for await (const steps of history.steps()) found.push(steps.map(nameOf));
  return found;
};

describe('the ranges of a history', () => {
  it('hold the commands within, of the partitions that are asked for', async () => {
    expect(
      await read([
        ['0@0', '0@1', '0@2'],
        ['0@3', '1@0', '2@0'],
        ['0@4', '1@1'],
      ]),
    ).to.deep.equal([['0@2'], ['0@3', '1@0']]);
  });

  it('leave out a record without a command if an earlier run has handled its whole portion', async () => {
    expect(await read([['0@0', 'a', '0@1'], ['b'], ['0@1', 'c', '0@2']])).to.deep.equal([
      ['b'],
      ['c', '0@2'],
    ]);
  });
});
