import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import type { LabelValues, MetricDefinition } from '../../../src/observability/metric-definition.ts';
import { definitionsOfMetrics } from '../../../src/observability/metric-definitions.ts';
import { combinationsOf } from '../../../src/observability/metrics.ts';
import { openPromtool, type Promtool } from '../../support/chart/promtool.ts';
import { root } from '../../support/readme.ts';

type Target = { readonly expr: string; readonly legendFormat: string };
type Panel = { readonly title: string; readonly targets?: readonly Target[] };
type Dashboard = {
  readonly panels: readonly Panel[];
  readonly annotations: { readonly list: readonly { readonly expr: string }[] };
  readonly templating: { readonly list: readonly { readonly query: string | { readonly query: string } }[] };
};

const dashboard = JSON.parse(
  readFileSync(join(root, 'helm/runclose/files/dashboard.json'), 'utf8'),
) as Dashboard;
const targets = dashboard.panels.flatMap((panel) => panel.targets ?? []);

/** As Grafana fills the variables in: all namespaces and jobs, and a window of four scrapes. */
const filledIn = (expr: string): string =>
  expr.replaceAll('$namespace', '.*').replaceAll('$job', '.*').replaceAll('$__rate_interval', '1m');

/** What Prometheus adds to each series. */
const TARGET = { namespace: 'coffee', job: 'runclose', instance: 'a' };

const valueOf = (values: LabelValues): string => {
  if (values === 'partition') return '0';
  return values === 'any' ? 'x' : (values[0] ?? '');
};

/** The labels of one series of a metric, as the table of metrics has them. */
const labelsOf = (definition: MetricDefinition): Readonly<Record<string, string>> => ({
  ...TARGET,
  ...(combinationsOf(definition)[0] ??
    Object.fromEntries(Object.entries(definition.labels).map(([name, values]) => [name, valueOf(values)]))),
});

const named = (labels: Readonly<Record<string, string>>): string =>
  `{${Object.entries(labels)
    .map(([name, value]) => `${name}="${value}"`)
    .join(', ')}}`;

/** One series of each metric, rising. */
const SERIES = definitionsOfMetrics.flatMap(([name, definition]) => {
  const labels = labelsOf(definition);
  return definition.type === 'histogram'
    ? ['1', '+Inf'].map((le) => `${name}_bucket${named({ ...labels, le })}`)
    : [`${name}${named(labels)}`];
});

/** The label values that a legend shows for the metric of an expression. */
const legendOf = ({ expr, legendFormat }: Target): Readonly<Record<string, string>> => {
  const [, definition] =
    definitionsOfMetrics.find(([name]) => new RegExp(`${name}(_bucket)?\\{`).test(expr)) ?? [];
  const labels: Readonly<Record<string, string>> = definition === undefined ? {} : labelsOf(definition);
  return Object.fromEntries(
    [...legendFormat.matchAll(/\{\{(\w+)\}\}/g)].map(([, name = '']) => [name, labels[name] ?? 'no label']),
  );
};

describe('The dashboard of the chart', function () {
  // Once for all checkouts, promtool is built.
  this.timeout(900_000);
  let promtool: Promtool;

  before(async () => {
    promtool = await openPromtool();
  });
  after(() => promtool.remove());

  const run = (command: 'test' | 'check', file: object): Promise<void> =>
    promtool.run(command, 'rules', promtool.write(`${command}.json`, JSON.stringify(file)));

  /** Rejects unless each expression finds the series of its metric, with the labels of its legend. */
  const tryOut = (tried: readonly Target[]): Promise<void> =>
    run('test', {
      evaluation_interval: '15s',
      tests: [
        {
          interval: '15s',
          input_series: SERIES.map((series) => ({ series, values: '0+15x40' })),
          promql_expr_test: tried.map((target) => {
            const legend = legendOf(target);
            const by = Object.keys(legend).join(', ');
            return {
              expr: `count by (${by}) (${filledIn(target.expr)})`,
              eval_time: '10m',
              exp_samples: [{ labels: named(legend), value: 1 }],
            };
          }),
        },
      ],
    });

  it('has expressions that Prometheus reads', () => {
    const exprs = [...targets, ...dashboard.annotations.list].map(({ expr }) => filledIn(expr));
    expect(exprs).to.have.length.above(definitionsOfMetrics.length);
    const rules = exprs.map((expr, index) => ({ record: `panel:expression_${String(index)}`, expr }));
    return run('check', { groups: [{ name: 'dashboard', rules }] });
  });

  it('finds each metric, with each label that a legend shows', () => tryOut(targets));

  it('would not find a metric or a label that does not exist', async () => {
    const ready = { expr: 'max by (instance) (runclose_ready{job=~"$job"})', legendFormat: '{{instance}}' };
    await tryOut([ready]);
    for (const wrong of [
      { ...ready, expr: ready.expr.replace('runclose_ready', 'runclose_redy') },
      { ...ready, expr: ready.expr.replace('(instance)', '(instanse)') },
      { ...ready, legendFormat: '{{partition}}' },
    ]) {
      const failure = await tryOut([wrong]).then(
        () => null,
        (error: unknown) => error,
      );
      expect(failure, wrong.expr).to.be.instanceOf(Error);
    }
  });

  it('shows every metric, and asks for namespaces and jobs of a metric that exists', () => {
    const names = definitionsOfMetrics.map(([name]) => name);
    const shown = targets.flatMap(({ expr }) => expr.match(/runclose_\w+/g) ?? []);
    expect(new Set(shown.map((name) => name.replace(/_bucket$/, '')))).to.deep.equal(new Set(names));
    const queries = dashboard.templating.list.map(({ query }) =>
      typeof query === 'string' ? query : query.query,
    );
    const asked = queries.flatMap((query) => query.match(/runclose_\w+/g) ?? []);
    expect(asked).to.have.length.above(0);
    expect(names).to.include.members(asked);
  });
});
