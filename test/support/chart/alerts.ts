/** Tries the alerts of the chart with promtool, Prometheus' own tester of rules. */
import { join } from 'node:path';
import { openPromtool } from './promtool.ts';
import { openChart, theOne, type Values } from './render.ts';
import { MINIMAL } from './switches.ts';

/** Values in promtool's notation, by series: `{'up{job="a"}': '1x9 0x9'}`. One value every 15 seconds. */
export type Series = Readonly<Record<string, string>>;

export type Expectation = {
  /** `7m30s` after the first value. */
  readonly at: string;
  /** The alerts that fire then, and no others. */
  readonly firing: readonly string[];
};

export type Scenario = {
  readonly series: Series;
  readonly expected: readonly Expectation[];
  /** The alerts that have fired at any time up to the last expectation, and no others. */
  readonly ever: readonly string[];
};

export type AlertTester = {
  /** The rules as the chart renders them. */
  readonly rules: readonly Rule[];
  /** Rejects with promtool's complaint if other alerts fire than expected. */
  try(scenario: Scenario): Promise<void>;
  /** Rejects with promtool's complaint if the rules are wrong in form. */
  check(): Promise<void>;
  /** Rejects if the text is no valid exposition by promtool's strict parser of OpenMetrics. */
  parse(openMetrics: string): Promise<void>;
  remove(): void;
};

export type Rule = {
  readonly alert: string;
  readonly expr: string;
  readonly labels: { readonly severity: string };
  readonly annotations: Readonly<Record<'summary' | 'description' | 'runbook_url', string>>;
};

const INTERVAL_SECONDS = 15;

export const openAlertTester = async (values: Values = {}): Promise<AlertTester> => {
  const { folder, write, run, remove } = await openPromtool();
  const chart = await openChart();
  const manifests = await chart.render({ ...MINIMAL, prometheusRule: { enabled: true }, ...values });
  const { groups } = theOne(manifests, 'PrometheusRule').spec as { groups: { rules: Rule[] }[] };
  const rulesFile = write('rules.yaml', JSON.stringify({ groups }));
  let written = 0;
  return {
    rules: groups.flatMap(({ rules }) => rules),
    check: () => run('check', 'rules', '--lint=all', '--lint-fatal', rulesFile),
    parse: (openMetrics) =>
      run(
        'tsdb',
        'create-blocks-from',
        'openmetrics',
        write('scrape.txt', openMetrics),
        join(folder, 'tsdb'),
      ),
    try: ({ series, expected, ever }) => {
      const last = expected.at(-1)?.at ?? '0s';
      const queries = [
        ...expected.map(({ at, firing }) => samples(FIRING, at, firing)),
        samples(`max_over_time(${FIRING}[1d:${String(INTERVAL_SECONDS)}s])`, last, ever),
      ];
      const file = write(
        `test-${String((written += 1))}.yaml`,
        JSON.stringify({
          rule_files: ['rules.yaml'],
          evaluation_interval: `${String(INTERVAL_SECONDS)}s`,
          tests: [
            {
              interval: `${String(INTERVAL_SECONDS)}s`,
              input_series: Object.entries(series).map(([name, numbers]) => ({
                series: name,
                values: numbers,
              })),
              promql_expr_test: queries,
            },
          ],
        }),
      );
      return run('test', 'rules', file);
    },
    remove,
  };
};

const FIRING = '(group by (alertname) (ALERTS{alertstate="firing"}))';

const samples = (expr: string, at: string, alerts: readonly string[]): object => ({
  expr,
  eval_time: at,
  exp_samples: alerts.map((alert) => ({ labels: `{alertname="${alert}"}`, value: 1 })),
});
