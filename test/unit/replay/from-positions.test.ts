import { expect } from 'chai';
import { fromPositions } from '../../../src/replay/from-positions.ts';
import type { History, HistoryRecord, HistoryStep } from '../../../src/replay/history.ts';

const recordAt = (partition: number, offset: number): HistoryRecord => ({
  topic: 'any',
  partition,
  offset,
  timestamp: 0,
  key: null,
  value: null,
  headers: [],
});

const command = (partition: number, offset: number): HistoryStep => ({
  kind: 'command',
  record: recordAt(partition, offset),
  emitted: [],
});

const stray = (partition: number, offset: number): HistoryStep => ({
  kind: 'stray',
  emitted: { kind: 'run.closed', record: recordAt(partition, offset) },
  source: null,
});

const textOf = (step: HistoryStep): string => {
  const { partition, offset } = step.kind === 'command' ? step.record : step.emitted.record;
  return `${step.kind} ${String(partition)}/${String(offset)}`;
};

describe('A history from positions on', () => {
  const portions = [
    [stray(0, 1), command(0, 7), command(1, 3), stray(1, 2), stray(0, 2)],
    [stray(0, 3), command(0, 9), stray(0, 4), command(1, 4), command(0, 11), stray(1, 5), stray(0, 6)],
  ];
  const history = {
    facts: { ranges: [0, 1].map((partition) => ({ partition, from: 0, to: 12, complete: true })) },
    async *steps() {
      yield* await Promise.resolve(portions);
    },
  } as unknown as History;

  it('leaves out what came before, and the strays that were found with it', async () => {
    const { facts, steps } = fromPositions(history, new Map([[0, 8], [1, 12]])); // prettier-ignore
    const left: string[] = [];
    for await (const portion of steps()) left.push(...portion.map(textOf));
    expect(left).to.deep.equal([
      'stray 0/2',
      'stray 0/3',
      'command 0/9',
      'stray 0/4',
      'command 0/11',
      'stray 0/6',
    ]);
    expect(facts.ranges.map(({ from }) => from)).to.deep.equal([8, 12]);
  });
});
