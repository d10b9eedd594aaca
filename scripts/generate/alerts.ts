/**
 * The alerts of the chart's PrometheusRule, as data. Each has a section in docs/runbook.md with the anchor `anchorOf(name)`. The template
 * replaces the words in @…@.
 *
 * An alert names the cause, not each of its effects: if a server is away, the lag grows and no instance is ready, but only `BreakerOpen`
 * fires. Every expression keeps the labels by which two installations in one Prometheus differ.
 */
export type Alert = {
  readonly name: `RunClose${string}`;
  readonly severity: 'critical' | 'warning';
  readonly expr: string;
  /** How long the expression must hold. Default: the expression measures the time itself. */
  readonly for?: string;
  readonly summary: string;
  /** Says what to do first; the runbook says the rest. */
  readonly description: string;
};

/** `RunCloseDeadLetters` → `dead-letters`, the anchor in docs/runbook.md. */
export const anchorOf = (name: string): string =>
  name
    .replace(/^RunClose/, '')
    .replace(/(?<=[a-z])(?=[A-Z])/g, '-')
    .toLowerCase();

const INSTALLATION = 'namespace, job';
const INSTANCE = `${INSTALLATION}, instance`;

/** The default window is longer than two scrapes. It also covers the minutes in which the backlog of an outage is worked off. */
const serverAway = (seconds: number, labels: string, { of = '', within = '2m' } = {}): string =>
  `(max by (${labels}) (max_over_time(runclose_server_unavailable_seconds${of}[${within}])) > ${String(seconds)})`;
const standsStill = (labels: string): string => `(max by (${labels}) (runclose_standstill_seconds) > 30)`;

/** True of a new process only, not of an old one that a new Prometheus has just begun to scrape. */
const YOUNG = 'time() - process_start_time_seconds < 300';

/** The growth of a counter in five minutes, also if a new process has counted before its first scrape. */
const growthOf = (counter: string, labels: string): string =>
  [
    `sum by (${labels}) (increase(${counter}[5m]))`,
    `+ sum by (${labels}) (min_over_time(${counter}[5m]) unless ${counter} offset 5m and on (${INSTANCE}) ${YOUNG})`,
    `or sum by (${labels}) (increase(${counter}[5m]))`,
  ].join('\n  ');

const CRONJOB = (suffix: string): string => `{namespace="@NAMESPACE@", cronjob="@NAME@-${suffix}"}`;

/** The last run of a CronJob has not succeeded, and no run is active. kube-state-metrics provides the metrics. */
const lastRunFailed = (suffix: string): string =>
  [
    `(`,
    `  kube_cronjob_status_last_schedule_time${CRONJOB(suffix)}`,
    `    > on (namespace, cronjob) kube_cronjob_status_last_successful_time${CRONJOB(suffix)}`,
    `  or`,
    `  kube_cronjob_status_last_schedule_time${CRONJOB(suffix)}`,
    `    unless on (namespace, cronjob) kube_cronjob_status_last_successful_time${CRONJOB(suffix)}`,
    `) unless on (namespace, cronjob) (kube_cronjob_status_active${CRONJOB(suffix)} > 0)`,
  ].join('\n');

const DEAD_LETTERS = 'runclose_commands_total{outcome="dead_letter"}';
const DUPLICATES = 'runclose_commands_total{outcome="duplicate"}';

export const ALERTS: readonly Alert[] = [
  {
    name: 'RunCloseStandstill',
    severity: 'critical',
    expr: 'runclose_standstill_seconds > 60',
    summary: 'RunClose makes no progress, and nothing known explains it',
    description:
      '{{ $labels.instance }} has stood still for {{ $value | humanizeDuration }} although it has work and its servers answer. After two ' +
      'minutes, its /health/live names the part. Keep its log, and restart the instance; after five minutes, the process ends itself.',
  },
  {
    name: 'RunCloseLagTooOld',
    severity: 'warning',
    expr: [
      'runclose_consumer_lag_seconds > @LAG_SECONDS@',
      `  unless on (${INSTANCE}, partition) runclose_partition_alarm`,
      `  unless on (${INSTANCE}) ${serverAway(30, INSTANCE)}`,
      `  unless on (${INSTANCE}) ${standsStill(INSTANCE)}`,
    ].join('\n'),
    for: '30s',
    summary: 'RunClose is late: a command waits for its outcome for too long',
    description:
      'The oldest command of partition {{ $labels.partition }} has waited for {{ $value | humanizeDuration }}. `runclose status` says what ' +
      'holds the partition up: an open transaction of a publisher, a failure that is tried again, or too much load for the instances.',
  },
  {
    name: 'RunClosePartitionAlarm',
    severity: 'critical',
    expr: 'max by (namespace, job, partition, code) (runclose_partition_alarm) == 1',
    summary: 'A partition has stopped until somebody acts: {{ $labels.code }}',
    description:
      'Partition {{ $labels.partition }} has stopped with the alarm {{ $labels.code }}; the other partitions continue. `runclose status` shows ' +
      'the whole message, which names the command that mends it.',
  },
  {
    name: 'RunCloseBreakerOpen',
    severity: 'critical',
    expr: `max by (${INSTALLATION}, dependency) (runclose_server_unavailable_seconds) > 45`,
    summary: 'RunClose waits for {{ $labels.dependency }}, which does not answer',
    description:
      '{{ $labels.dependency }} has not answered for {{ $value | humanizeDuration }}. Nothing is lost, rejected or skipped: RunClose waits ' +
      'and continues by itself. Look at that server first. If it is well, the log of `serve` says why it does not answer: a refused login, a ' +
      'certificate, a missing right or the network.',
  },
  {
    name: 'RunCloseDeadLetters',
    severity: 'warning',
    expr: `(${growthOf(DEAD_LETTERS, `${INSTALLATION}, reason`)}) > 0`,
    summary: 'Records became dead letters: {{ $labels.reason }}',
    description:
      '{{ $value | printf "%.0f" }} records in five minutes became dead letters: {{ $labels.reason }}. No other record waits for them. ' +
      '`runclose dlq list` counts the dead letters by producer. Mend that publisher, then run `runclose dlq redrive`.',
  },
  {
    name: 'RunCloseMisplacedCommands',
    severity: 'warning',
    expr: `(${growthOf('runclose_commands_misplaced_total', INSTALLATION)}) > 0`,
    summary: 'A publisher puts commands into wrong partitions',
    description:
      '{{ $value | printf "%.0f" }} commands in five minutes came in another partition than murmur2 chooses for their key. Their decisions ' +
      'are right, but the events of these channels may be out of order. With librdkafka, set partitioner=murmur2_random in that publisher.',
  },
  {
    name: 'RunCloseDuplicateStorm',
    severity: 'warning',
    expr: [
      `(${growthOf(DUPLICATES, INSTALLATION)}) > 50`,
      `  and on (${INSTALLATION})`,
      `(${growthOf(DUPLICATES, INSTALLATION)}) > 0.25 * (${growthOf('runclose_commands_total', INSTALLATION)})`,
      // After an outage, publishers send again whatever they got no answer for. The duplicates stay in the five minutes of `growthOf`.
      `  unless on (${INSTALLATION}) ${serverAway(0, INSTALLATION, { of: '{dependency=~"kafka|postgres"}', within: '10m' })}`,
    ].join('\n'),
    summary: 'A publisher sends the same commands again and again',
    description:
      '{{ $value | printf "%.0f" }} commands in five minutes were known duplicates, over a quarter of all. Nothing is emitted twice, but the ' +
      'load is useless. Find the publisher that repeats commands: `runclose explain --command ID --channel C` shows where each copy came.',
  },
  {
    name: 'RunCloseCertificateExpiring',
    severity: 'warning',
    expr: `min by (${INSTALLATION}, setting) (runclose_certificate_expiry_timestamp_seconds) - time() < @CERTIFICATE_DAYS@ * 86400`,
    summary: 'The certificate in {{ $labels.setting }} expires soon',
    description:
      'The certificate in {{ $labels.setting }} expires in {{ $value | humanizeDuration }}. Renew it and replace its file: `serve` reads the ' +
      'file again for each new connection, so it needs no restart.',
  },
  {
    name: 'RunCloseNoReadyInstance',
    severity: 'critical',
    expr: [
      `(`,
      `  max by (${INSTALLATION}) (runclose_ready) == 0`,
      `  or absent(runclose_ready)`,
      `  or kube_deployment_status_replicas_available{namespace="@NAMESPACE@", deployment="@NAME@"} == 0`,
      `)`,
      `  unless on (namespace) ${serverAway(0, 'namespace')}`,
      `  unless on (namespace) ${standsStill('namespace')}`,
    ].join('\n'),
    for: '1m',
    summary: 'No instance of RunClose is ready',
    description:
      'No instance is ready, so commands wait in their topic. If no instance runs, the fatal line near the end of the log says why the last ' +
      'one ended. If an instance runs, its /health/ready says what it waits for.',
  },
  {
    name: 'RunCloseNoOwner',
    severity: 'critical',
    expr: [
      `max by (${INSTALLATION}) (runclose_ready) == 1`,
      `  unless on (${INSTALLATION}) runclose_consumer_lag_seconds`,
      `  unless on (${INSTALLATION}) ${serverAway(0, INSTALLATION)}`,
    ].join('\n'),
    for: '1m',
    summary: 'RunClose is ready, but owns no partition',
    description:
      'Every instance stands by, and none owns a partition, so commands wait in their topic. Perhaps another application uses the consumer ' +
      'group of RunClose and assigns its partitions: `runclose doctor` names that application.',
  },
  {
    name: 'RunCloseVerifyFailed',
    severity: 'critical',
    expr: lastRunFailed('verify'),
    for: '1m',
    summary: '`replay verify` found differences, or could not finish',
    description:
      'The last Job of the CronJob {{ $labels.cronjob }} has failed. Its log names each difference between the topics and the database. ' +
      'Exit code 2 means differences; any other code means that the check could not be made.',
  },
  {
    name: 'RunClosePurgeFailed',
    severity: 'warning',
    expr: lastRunFailed('purge'),
    for: '1m',
    summary: '`purge` failed and may have left personal data past its retention',
    description:
      'The last Job of the CronJob {{ $labels.cronjob }} has failed. Its log says what is left and why. Mend the cause, then run the Job again: ' +
      '`kubectl --namespace {{ $labels.namespace }} create job --from=cronjob/{{ $labels.cronjob }} purge-again`.',
  },
];
