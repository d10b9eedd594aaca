import { expect } from 'chai';
import { capacityPage } from '../../../../scripts/bench/pages/capacity-page.ts';
import { costsIn, needFor, type Costs } from '../../../../scripts/bench/pages/capacity.ts';
import { markdownTable } from '../../../../scripts/bench/pages/markdown.ts';
import { performancePage } from '../../../../scripts/bench/pages/performance-page.ts';
import { report } from '../../../../scripts/bench/report.ts';

const COSTS: Costs = {
  processor: 300,
  kafka: 100,
  postgres: 80,
  instanceMb: 256,
  tables: 3_000,
  wal: 4_000,
  commands: 500,
  events: 3_000,
  aSecond: 3_000,
  oneChannel: 2_000,
};

const MEASURED = [
  {
    part: 'serve: a backlog',
    beside: 'of ceiling: beside kafkajs alone',
    rows: [
      {
        what: 'ceiling',
        'a second': 9000,
        'of ceiling': 1,
        'its µs': 70,
        'Kafka µs': 60,
        'Postgres µs': 40,
        'most MB': 200,
      },
      {
        what: 'serve',
        'a second': 3000,
        'of ceiling': 0.333,
        'its µs': 300,
        'Kafka µs': 100,
        'Postgres µs': 80,
        'most MB': 256,
      },
    ],
  },
  {
    part: 'serve: bytes written, a command',
    beside: 'Postgres in all',
    rows: [
      {
        what: 'serve',
        tables: 3_000,
        WAL: 4_000,
        commands: 500,
        events: 3_000,
      },
    ],
  },
  {
    part: 'growth: members',
    beside: 'µs: CPU time a command',
    picture: { file: 'growth-members.svg', svg: '<svg/>' },
    rows: [{ 'members of the channel': 5, 'a second': 2_000 }],
  },
];

describe('The pages of the benchmarks', () => {
  it('turn the cost of a command into machines that are half used', () => {
    expect(needFor(100_000, COSTS)).to.deep.equal({
      rate: 100_000,
      members: 60,
      partitions: 180,
      connections: 300,
      kafkaCores: 20,
      postgresCores: 16,
      memoryGb: 15,
      walMb: 400,
      kafkaInMb: 350,
      networkMb: 700,
      postgresGb: 25_920,
      kafkaGb: 30_240,
    });
  });

  it('plan for two members even if one would do', () => {
    expect(needFor(10, COSTS).members).to.equal(2);
  });

  it('take the costs from what was measured, and say what was not', () => {
    expect(costsIn(MEASURED)).to.deep.equal(COSTS);
    expect(() => costsIn(MEASURED.slice(1))).to.throw('serve: a backlog was not measured: its µs is missing');
  });

  it('show every table, with its picture', () => {
    const facts = {
      node: 'v20',
      cores: 2,
      cpu: 'CPU',
      memoryGb: 8,
      commit: 'abc',
      day: '2026-01-01',
      minutes: 9,
      load: 0,
    };
    const page = performancePage(MEASURED, facts);
    for (const words of [
      '## A backlog',
      '## Bytes written',
      '## Growth: members',
      '| serve | 3,000 | 0.333 |',
    ])
      expect(page).to.include(words);
    expect(page)
      .to.include('\nµs: CPU time a command.\n')
      .and.to.include('\nOf ceiling: beside kafkajs alone.\n');
    expect(page).to.include('![growth: members](performance/growth-members.svg)');
  });

  it('say when there is no figure, and never in numbers that are none', () => {
    expect(capacityPage(COSTS)).to.not.match(/NaN|undefined|Infinity/);
  });

  it('keep names in brackets as they are', () => {
    expect(markdownTable([{ function: '(program) <a|b>', '%': 1.5 }])).to.equal(
      '| function | % |\n| --- | ---: |\n| (program) \\<a\\|b> | 1.50 |',
    );
  });

  it('have the same figures as the report in the terminal', () => {
    expect(report(MEASURED.slice(0, 1))).to.match(/serve +3,000 +0\.333 +300 +100 +80 +256/);
  });
});
