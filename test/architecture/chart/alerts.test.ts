import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { anchorOf } from '../../../scripts/generate/alerts.ts';
import { root } from '../../../scripts/stack/folders.ts';
import { METRICS } from '../../../src/observability/metric-definitions.ts';
import { type AlertTester, openAlertTester, type Series } from '../../support/chart/alerts.ts';

/** The fault begins after five minutes, lasts ten minutes, and is healed for half an hour. */
const during = (before: string, fault: string): string =>
  [before, fault, before]
    .map((value, part) => `${value}x${String(TIMES[part]! + Number(value === '_'))}`)
    .join(' ');
/** promtool repeats a value once more, but not a missing one. */
const TIMES = [19, 39, 119];
const GROWS = '0+15';

const of = (instance: string): string => `namespace="coffee", job="demo-runclose", instance="${instance}"`;

/** Everything that one instance shows and the alerts ask for. */
const healthy = (partition: string): Series => ({
  runclose_ready: '1',
  runclose_standstill_seconds: '0',
  [`runclose_consumer_lag_seconds partition="${partition}"`]: '0',
  'runclose_server_unavailable_seconds dependency="kafka"': '0',
  'runclose_server_unavailable_seconds dependency="postgres"': '0',
  'runclose_server_unavailable_seconds dependency="registry"': '0',
  'runclose_commands_total outcome="closed", reason="LOWEST"': '0+20',
  'runclose_commands_total outcome="dead_letter", reason="UNDECODABLE"': '0',
  'runclose_commands_total outcome="duplicate", reason="NONE"': '0',
  runclose_commands_misplaced_total: '0',
  'runclose_certificate_expiry_timestamp_seconds setting="KAFKA_SSL_CERT"': '9000000000',
  process_start_time_seconds: '-7200',
});

const through = (series: Series, more: string): Series =>
  Object.fromEntries(Object.entries(series).map(([it, value]) => [it, `${value}${more}`]));

const instance = (name: string, partition: string, changes: Series = {}): Series =>
  Object.fromEntries(
    Object.entries({ ...through(healthy(partition), 'x178'), ...changes }).map(([it, values]) => {
      const [metric = '', ...labels] = it.split(' ');
      return [`${metric}{${[of(name), ...labels].join(', ').replaceAll(',,', ',')}}`, values];
    }),
  );

type Case = {
  readonly title: string;
  readonly fires: string | null;
  /** Default: two minutes after the fault began. */
  readonly at?: string;
  /** The changes of the first of two instances. */
  readonly one?: Series;
  /** The changes of the second one, which has another partition. */
  readonly other?: Series;
  readonly more?: Series;
};

const away = (dependency: string, values = during('0', GROWS)): Series => ({
  [`runclose_server_unavailable_seconds dependency="${dependency}"`]: values,
});
const LAG = 'runclose_consumer_lag_seconds partition="0"';
/** The lag of a partition that its instance loses, and gets back. */
const STANDS_BY = '0x19 stale _x39 0x119';
const DEAD_LETTERS = 'runclose_commands_total outcome="dead_letter", reason="UNDECODABLE"';
const DUPLICATES = 'runclose_commands_total outcome="duplicate", reason="NONE"';
const cronJob = (
  suffix: string,
  [scheduled, succeeded, active]: readonly [string, string, string],
): Series => {
  const labels = `namespace="coffee", cronjob="demo-runclose-${suffix}", job="kube-state-metrics"`;
  return {
    [`kube_cronjob_status_last_schedule_time{${labels}}`]: scheduled,
    [`kube_cronjob_status_last_successful_time{${labels}}`]: succeeded,
    [`kube_cronjob_status_active{${labels}}`]: active,
  };
};

const CASES: readonly Case[] = [
  { title: 'nothing is wrong', fires: null },
  {
    title: 'a part stands still, and so the lag grows',
    fires: 'RunCloseStandstill',
    one: { runclose_standstill_seconds: during('0', GROWS), [LAG]: during('0', GROWS) },
  },
  {
    title: 'a command waits, for no other reason',
    fires: 'RunCloseLagTooOld',
    one: { [LAG]: during('0', GROWS) },
  },
  { title: 'a command waits for a minute once', fires: null, one: { [LAG]: `0x19 0+15x4 0x153` } },
  {
    title: 'a partition has an alarm, and so its lag grows',
    fires: 'RunClosePartitionAlarm',
    one: {
      'runclose_partition_alarm partition="0", code="INPUT_GAP"': during('_', '1'),
      [LAG]: during('0', GROWS),
    },
  },
  {
    title: 'Postgres is away, and so no instance is ready and the lag grows until it is worked off',
    fires: 'RunCloseBreakerOpen',
    one: { ...away('postgres'), runclose_ready: during('1', '0'), [LAG]: `0x19 ${GROWS}x43 0x114` },
    other: { ...away('postgres'), runclose_ready: during('1', '0') },
  },
  { title: 'Kafka is away, and nobody knows the lag', fires: 'RunCloseBreakerOpen', one: away('kafka') },
  { title: 'the registry is away', fires: 'RunCloseBreakerOpen', one: away('registry') },
  {
    title: 'a server restarts within half a minute',
    fires: null,
    one: { ...away('postgres', `0x19 ${GROWS}x2 0x155`), runclose_ready: `1x19 0x2 1x155` },
    other: { ...away('postgres', `0x19 ${GROWS}x2 0x155`), runclose_ready: `1x19 0x2 1x155` },
  },
  {
    title: 'records become dead letters',
    fires: 'RunCloseDeadLetters',
    one: { [DEAD_LETTERS]: '0x19 3x158' },
  },
  {
    title: 'a new process counts dead letters before its first scrape',
    fires: 'RunCloseDeadLetters',
    one: { [DEAD_LETTERS]: '_x20 3x158', process_start_time_seconds: '_x20 290x158' },
  },
  { title: 'a new Prometheus sees old dead letters', fires: null, one: { [DEAD_LETTERS]: '7x178' } },
  {
    title: 'commands are misplaced',
    fires: 'RunCloseMisplacedCommands',
    one: { runclose_commands_misplaced_total: '0x19 1x158' },
  },
  {
    title: 'a publisher sends everything again',
    fires: 'RunCloseDuplicateStorm',
    one: { [DUPLICATES]: `0x19 100+100x39 4000x118` },
  },
  {
    title: 'Kafka was away for half a minute, and publishers then send again what got no answer',
    fires: null,
    one: { ...away('kafka', `0x19 ${GROWS}x2 0x155`), [DUPLICATES]: `0x23 100+100x20 2100x133` },
  },
  {
    title: 'a publisher still sends everything again ten minutes after an outage of Postgres',
    fires: 'RunCloseDuplicateStorm',
    at: '20m',
    one: { ...away('postgres', `0x19 ${GROWS}x2 0x155`), [DUPLICATES]: `0x23 100+100x80 8100x73` },
  },
  { title: 'a few commands come twice', fires: null, one: { [DUPLICATES]: `0x19 0+1x39 40x118` } },
  {
    title: 'a certificate is about to expire',
    fires: 'RunCloseCertificateExpiring',
    one: {
      'runclose_certificate_expiry_timestamp_seconds setting="KAFKA_SSL_CERT"': during(
        '9000000000',
        '1000000',
      ),
    },
  },
  {
    title: 'no instance is ready',
    fires: 'RunCloseNoReadyInstance',
    one: { runclose_ready: during('1', '0') },
    other: { runclose_ready: during('1', '0') },
  },
  { title: 'one of two instances is not ready', fires: null, one: { runclose_ready: during('1', '0') } },
  {
    title: 'Kubernetes has no available pod, whatever other installations do',
    fires: 'RunCloseNoReadyInstance',
    more: {
      'kube_deployment_status_replicas_available{namespace="coffee", deployment="demo-runclose"}': during(
        '2',
        '0',
      ),
    },
  },
  {
    title: 'every instance stands by, and none owns a partition',
    fires: 'RunCloseNoOwner',
    one: { [LAG]: STANDS_BY },
    other: { 'runclose_consumer_lag_seconds partition="1"': STANDS_BY },
  },
  { title: 'one of two instances stands by', fires: null, one: { [LAG]: STANDS_BY } },
  {
    title: '`verify` fails, and its next run succeeds',
    fires: 'RunCloseVerifyFailed',
    more: cronJob('verify', ['100x19 300x158', '200x59 400x118', '0x19 1x1 0x156']),
  },
  {
    title: '`purge` fails, and its next run succeeds',
    fires: 'RunClosePurgeFailed',
    more: cronJob('purge', ['100x19 300x158', '200x59 400x118', '0x178']),
  },
  {
    title: '`purge` has never succeeded',
    fires: 'RunClosePurgeFailed',
    more: cronJob('purge', ['_x20 300x158', '_x60 400x118', '0x178']),
  },
  {
    title: '`verify` runs for hours',
    fires: null,
    more: cronJob('verify', ['100x19 300x158', '200x178', '0x19 1x158']),
  },
];

describe('The alerts of the chart', function () {
  // Once for all checkouts, promtool is built.
  this.timeout(900_000);
  let alerts: AlertTester;
  before(async () => {
    alerts = await openAlertTester({ verify: { enabled: true } });
  });
  after(() => alerts.remove());

  for (const { title, fires, at = '7m', one, other, more } of CASES) {
    const firing = fires === null ? [] : [fires];
    it(`fire ${fires ?? 'not'} if ${title}`, () =>
      alerts.try({
        series: { ...instance('a', '0', one), ...instance('b', '1', other), ...more },
        expected: [
          { at: '4m45s', firing: [] },
          { at, firing },
          { at: '44m', firing: [] },
        ],
        ever: firing,
      }));
  }

  it('fire RunCloseNoReadyInstance if every instance is gone', () =>
    alerts.try({
      series: {
        ...instance('a', '0', through(healthy('0'), 'x19 stale _x158')),
        ...instance('b', '1', through(healthy('1'), 'x19 stale _x158')),
      },
      expected: [
        { at: '4m45s', firing: [] },
        { at: '7m', firing: ['RunCloseNoReadyInstance'] },
      ],
      ever: ['RunCloseNoReadyInstance'],
    }));

  it('have the form that Prometheus wants', () => alerts.check());

  it('ask only for metrics that exist', () => {
    for (const { alert, expr } of alerts.rules)
      for (const [name] of expr.matchAll(/\brunclose_\w+/g))
        expect(Object.keys(METRICS), alert).to.include(name.replace(/_(bucket|sum|count)$/, ''));
  });

  it('each say what to do, and link to a section of the runbook', () => {
    const page = join(root, 'docs/runbook.md');
    const runbook = existsSync(page) ? readFileSync(page, 'utf8') : null;
    for (const { alert, annotations, labels } of alerts.rules) {
      expect(annotations.runbook_url, alert).to.equal(`docs/runbook.md#${anchorOf(alert)}`);
      expect(annotations.summary.length, alert).to.be.within(20, 90);
      expect(annotations.description.length, alert).to.be.above(100);
      expect(labels.severity, alert).to.be.oneOf(['critical', 'warning']);
      if (runbook !== null) expect(anchorsIn(runbook), alert).to.include(anchorOf(alert));
    }
  });
});

/** The anchors that GitHub gives the headings of a page. */
const anchorsIn = (page: string): readonly string[] =>
  [...page.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\w\s-]/g, '')
      .trim()
      .replaceAll(' ', '-'),
  );
