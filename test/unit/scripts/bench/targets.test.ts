import { expect } from 'chai';
import { backlogTable, type Result } from '../../../../scripts/bench/serve/backlog.ts';
import { targetsTable } from '../../../../scripts/bench/serve/targets.ts';

describe('The tables of the benchmarks', () => {
  const result = (title: string, members: number, aSecond: number, processor = 100): Result => ({
    title,
    members,
    trial: {
      aSecond,
      cpu: { processor, kafka: 10, postgres: 10 },
      peakMb: 200,
      startSeconds: 1,
      written: { tables: processor, wal: processor, commands: 1, events: 1 },
    },
  });
  const results = [
    result('ceiling', 1, 1000),
    result('serve', 1, 600),
    result('serve at v1', 1, 300, 200),
    result('ceiling, two instances', 2, 2000),
    result('serve, two workers', 2, 1000),
    result('serve, two instances', 2, 900),
    result('per message', 1, 20),
  ];
  const latency = (rate: number, p50: number) => ({ title: '', rate, p50, p99: 2 * p50, commands: 9 });

  it('compare each with the ceiling that has as many members of the group', () => {
    const ratios = backlogTable(results).rows.map((row) => [row['what'], row['of ceiling']]);
    expect(ratios).to.deep.equal([
      ['ceiling', 1],
      ['serve', 0.6],
      ['serve at v1', 0.3],
      ['ceiling, two instances', 1],
      ['serve, two workers', 0.5],
      ['serve, two instances', 0.45],
      ['per message', 0.02],
    ]);
  });

  it('tell what was reached of what is wanted', () => {
    const { rows } = targetsTable(results, {
      bare: [latency(100, 10), latency(300, 20)],
      serve: [latency(100, 12), latency(300, 30)],
    });
    expect(rows.map((row) => row['measured'])).to.deep.equal([0.6, 30, 1.5, 1.2, 6, 200, 1, 0.5, 0.5]);
  });
});
