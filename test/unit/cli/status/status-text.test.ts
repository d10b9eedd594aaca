import { expect } from 'chai';
import { NO_COLORS } from '../../../../src/cli/frame/colors.ts';
import { statusTables, summary } from '../../../../src/cli/status/status-text.ts';
import { screen, sightJson } from '../../../../src/cli/status/watch-text.ts';
import { widthOf } from '../../../../src/cli/text/width.ts';
import type { Instance } from '../../../../src/operations/status/instances.ts';
import type { PartitionStatus } from '../../../../src/operations/status/partition-status.ts';
import type { GroupStatus } from '../../../../src/operations/status/status.ts';
import { Failure } from '../../../../src/processor/failure.ts';
import { docsPage } from '../../../support/readme.ts';

const CLOSED = { kafka: 'closed', postgres: 'closed', registry: 'closed' } as const;

const instance = (changes: Partial<Instance> = {}): Instance => ({
  clientId: 'runclose',
  host: '10.0.3.17',
  instance: 'an id',
  version: '0.1.0',
  startedAt: '2026-03-02T05:03:00.000Z',
  uptimeSeconds: 11_520,
  workers: 1,
  partitions: [0, 1],
  breakers: CLOSED,
  ...changes,
});

const partition = (number: number, changes: Partial<PartitionStatus> = {}): PartitionStatus => ({
  topic: 'run.close.requested',
  partition: number,
  owner: { clientId: 'runclose', host: '10.0.3.17', instance: 'an id', version: '0.1.0', startedAt: null },
  epoch: 3,
  committed: 1_042,
  end: 1_042,
  lagRecords: 0,
  lagSeconds: 0,
  heldBack: null,
  deadLetters: 0,
  alarms: [],
  ...changes,
});

const status = (changes: Partial<GroupStatus> = {}): GroupStatus => ({
  groupId: 'runclose',
  instances: [instance()],
  statuses: [partition(0), partition(1, { end: 1_050, lagRecords: 8, lagSeconds: 200 })],
  ...changes,
});

const WIDE = status({
  instances: [
    instance({ clientId: 'runclose-production-europe-west-1', host: '2001:db8:85a3:8d3:1319:8a2e:370:7348' }),
    instance({
      version: '10.20.30-beta.4',
      breakers: { kafka: 'open', postgres: 'half-open', registry: 'open' },
    }),
  ],
  statuses: [
    partition(999, {
      owner: { ...partition(0).owner!, host: '2001:db8:85a3:8d3:1319:8a2e:370:7348' },
      epoch: 12_345,
      committed: 123_456_789,
      end: 123_456_999,
      lagRecords: 123_456,
      lagSeconds: 1_000_000,
      deadLetters: 10_000,
      alarms: [{ code: 'INPUT_GAP', message: 'a long sentence about the gap. '.repeat(20) }],
    }),
  ],
});

describe('The status on a terminal', () => {
  it('shows each instance with version, uptime and breakers, and each partition with its lag in time', () => {
    expect(statusTables(status(), NO_COLORS)).to.equal(
      [
        '    instance               version          up  partitions  breakers',
        '#1  runclose on 10.0.3.17  0.1.0    3 h 12 min           2  closed',
        '',
        'partition  owner  epoch  committed   end  lag  waiting  dead letters',
        '        0     #1      3       1042  1042    0      0 s             0',
        '        1     #1      3       1042  1050    8    3 min             0',
      ].join('\n'),
    );
  });

  it('has the columns that docs/operating.md shows', () => {
    const titles = statusTables(status(), NO_COLORS)
      .split('\n')
      .filter((line) => /^ *(instance|partition) /.test(line))
      .map((line) => line.trim().split(/ {2,}/));
    const shown = docsPage('operating')
      .split('\n')
      .filter((line) => /^ *(instance|partition) {2}/.test(line))
      .map((line) => line.trim().split(/ {2,}/));
    expect(shown, 'update the example of `runclose status` in docs/operating.md').to.deep.equal(titles);
  });

  it('names the breakers that are not closed, and says where to look for those that it cannot see', () => {
    const instances = [
      instance({ breakers: { ...CLOSED, registry: 'half-open' } }),
      instance({ breakers: null, version: null, uptimeSeconds: null }),
    ];
    const text = statusTables(status({ instances }), NO_COLORS);
    expect(text)
      .to.include('registry half-open')
      .and.match(/unknown +unknown +2 +unknown/);
    expect(summary(status({ instances })).join('\n')).to.include(
      'The breakers of 1 instance are unknown: no answer to GET /status at HTTP_PORT from here.',
    );
    const two = [instance({ breakers: null }), instance({ breakers: null })];
    expect(summary(status({ instances: two })).join('\n')).to.include(
      'The breakers of 2 instances are unknown',
    );
  });

  it('counts in the right number', () => {
    const waiting = (lagRecords: number) =>
      summary(status({ statuses: [partition(0, { lagRecords, lagSeconds: 7, deadLetters: lagRecords })] }));
    expect(waiting(0)).to.deep.equal(['Nothing waits.']);
    expect(waiting(1)).to.deep.equal([
      '1 record waits, the oldest for 7 s.',
      '1 dead letter. To see them: runclose dlq list',
    ]);
    expect(waiting(1_200)).to.deep.equal([
      '1,200 records wait, the oldest for 7 s.',
      '1,200 dead letters. To see them: runclose dlq list',
    ]);
  });

  it('says how to start a member if the group has none', () => {
    expect(summary(status({ instances: [] }))).to.include(
      'Group runclose has no members. To start one: runclose serve',
    );
    expect(statusTables(status({ instances: [] }), NO_COLORS)).to.match(/^partition /);
  });

  const at = new Date(Date.UTC(2026, 2, 2, 8, 15));
  const failure = new Failure(
    'transient',
    'SERVER_UNREACHABLE',
    `Kafka is not reachable: ${'no answer '.repeat(20)}`,
  );
  const sights = [
    { kind: 'status', at, status: WIDE },
    { kind: 'late', at },
    { kind: 'failed', at, failure },
  ] as const;

  it('fits into 80 columns, with long names, large numbers, alarms and outages', () => {
    for (const sight of sights) {
      const last = { at, status: WIDE };
      const lines = screen({ sight, last, everySeconds: 2, colors: NO_COLORS }).split('\n');
      expect(lines.filter((line) => widthOf(line) > 80)).to.deep.equal([]);
    }
  });

  it('keeps the last picture during an outage, and says since when and what is tried', () => {
    const last = { at, status: status() };
    const sight = { kind: 'failed', at: new Date(at.getTime() + 4_000), failure: sights[2].failure } as const;
    const text = screen({ sight, last, everySeconds: 2, colors: NO_COLORS });
    expect(text)
      .to.include('Group runclose at 08:15:00 UTC, every 2 s. Ctrl-C ends status.')
      .and.include('8 records wait, the oldest for 3 min.')
      .and.match(/08:15:04 UTC: Kafka is not reachable[^]*Trying\s+again\s+every\s+2\s+s/)
      .and.match(/The\s+status\s+above\s+is\s+from\s+08:15:00\s+UTC\./);
  });

  it('is one object of JSON for each read, and none while the servers are late', () => {
    expect(sightJson({ kind: 'late', at })).to.equal(null);
    expect(sightJson(sights[2])).to.deep.equal({
      at: '2026-03-02T08:15:00.000Z',
      failure: { code: 'SERVER_UNREACHABLE', message: failure.message },
    });
    const { instances, statuses } = status();
    expect(sightJson({ kind: 'status', at, status: status() })).to.deep.equal({
      at: '2026-03-02T08:15:00.000Z',
      groupId: 'runclose',
      instances,
      partitions: statuses,
    });
  });
});
