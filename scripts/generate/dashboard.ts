import { type MetricDefinition, SECTIONS } from '../../src/observability/metric-definition.ts';
import { definitionsOfMetrics } from '../../src/observability/metric-definitions.ts';

/** helm/runclose/files/dashboard.json: a Grafana dashboard with a panel for each metric, in a row for each section. */
export const dashboard = (): string => {
  const panels: object[] = [];
  let y = 0;
  for (const section of SECTIONS) {
    panels.push({
      id: panels.length + 1,
      type: 'row',
      title: section,
      collapsed: false,
      gridPos: { h: 1, w: 24, x: 0, y },
    });
    const metrics = definitionsOfMetrics.filter(([, definition]) => definition.section === section);
    metrics.forEach(([name, definition], index) => {
      const gridPos = {
        h: HEIGHT,
        w: WIDTH,
        x: (index % COLUMNS) * WIDTH,
        y: y + 1 + Math.floor(index / COLUMNS) * HEIGHT,
      };
      panels.push({ id: panels.length + 1, gridPos, ...panel(name, definition) });
    });
    y += 1 + Math.ceil(metrics.length / COLUMNS) * HEIGHT;
  }
  return JSON.stringify({
    uid: 'runclose',
    title: 'RunClose',
    description: 'Every metric of RunClose. Each panel says what it shows and when to act.',
    tags: ['runclose', 'kafka'],
    timezone: 'browser',
    editable: true,
    graphTooltip: 1,
    refresh: '30s',
    schemaVersion: 39,
    version: 1,
    time: { from: 'now-3h', to: 'now' },
    annotations: {
      list: [
        {
          name: 'Alerts',
          datasource: DATASOURCE,
          enable: true,
          iconColor: 'red',
          expr: 'ALERTS{alertname=~"RunClose.*", alertstate="firing"}',
          titleFormat: '{{ alertname }}',
          textFormat: '{{ partition }}{{ dependency }}{{ instance }}',
        },
      ],
    },
    templating: {
      list: [
        {
          name: 'datasource',
          label: 'Data source',
          type: 'datasource',
          query: 'prometheus',
          current: {},
          options: [],
        },
        choice({
          name: 'namespace',
          label: 'Namespace',
          query: 'label_values(runclose_build_info, namespace)',
        }),
        choice({
          name: 'job',
          label: 'Job',
          query: 'label_values(runclose_build_info{namespace=~"$namespace"}, job)',
        }),
      ],
    },
    panels,
  });
};

const COLUMNS = 3;
const WIDTH = 24 / COLUMNS;
const HEIGHT = 8;
const DATASOURCE = { type: 'prometheus', uid: '${datasource}' };
/** A Prometheus without Kubernetes knows no namespace: `.*` matches that, too. */
const SELECTOR = '{namespace=~"$namespace", job=~"$job"}';

const choice = ({ name, label, query }: { name: string; label: string; query: string }): object => ({
  name,
  label,
  type: 'query',
  datasource: DATASOURCE,
  query: { query, refId: name },
  definition: query,
  refresh: 2,
  sort: 1,
  multi: true,
  includeAll: true,
  allValue: '.*',
  current: { text: 'All', value: '$__all' },
  options: [],
});

const panel = (name: string, definition: MetricDefinition): object => ({
  type: 'timeseries',
  title: titleOf(name),
  description: [definition.help, definition.act === undefined ? '' : `Act when: ${definition.act}.`]
    .join(' ')
    .trim(),
  datasource: DATASOURCE,
  fieldConfig: {
    defaults: {
      unit: unitOf(definition),
      min: definition.unit === 'timestamp' ? undefined : 0,
      custom: { fillOpacity: 10 },
    },
    overrides: [],
  },
  options: {
    legend: { displayMode: 'list', placement: 'bottom', showLegend: true },
    tooltip: { mode: 'multi', sort: 'desc' },
  },
  targets: targetsOf(name, definition).map((target, index) => ({
    datasource: DATASOURCE,
    editorMode: 'code',
    range: true,
    refId: String.fromCharCode('A'.charCodeAt(0) + index),
    ...target,
  })),
});

/** `runclose_consumer_lag_records` → `Consumer lag records` */
const titleOf = (name: string): string => {
  const words = name
    .replace(/^runclose_/, '')
    .replace(/_total$/, '')
    .replaceAll('_', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
};

const unitOf = ({ type, unit }: MetricDefinition): string => {
  if (unit === 'timestamp') return 's';
  if (type === 'counter') return unit === 'seconds' ? 'percentunit' : 'ops';
  return unit === 'seconds' ? 's' : 'short';
};

type Target = { readonly expr: string; readonly legendFormat: string; readonly exemplar?: true };

const targetsOf = (
  name: string,
  { type, labels, unit, combinations }: MetricDefinition,
): readonly Target[] => {
  const names = Object.keys(labels);
  const by = names.length === 0 ? ['instance'] : names;
  const legendFormat = by.map((label) => `{{${label}}}`).join(' ');
  const grouped = `by (${by.join(', ')})`;
  switch (type) {
    case 'counter': {
      const rate = `sum ${grouped} (rate(${name}${SELECTOR}[$__rate_interval]))`;
      // Most combinations stay 0 for ever.
      return [
        { expr: combinations === undefined && names.length === 0 ? rate : `${rate} > 0`, legendFormat },
      ];
    }
    case 'gauge':
      return unit === 'timestamp'
        ? [{ expr: `min ${grouped} (${name}${SELECTOR}) - time()`, legendFormat }]
        : [{ expr: `max ${grouped} (${name}${SELECTOR})`, legendFormat }];
    case 'histogram':
      return [0.5, 0.95, 0.99].map((quantile) => ({
        expr: `histogram_quantile(${String(quantile)}, sum by (${['le', ...names].join(', ')}) (rate(${name}_bucket${SELECTOR}[$__rate_interval])))`,
        legendFormat: [`p${String(quantile * 100)}`, ...names.map((label) => `{{${label}}}`)].join(' '),
        exemplar: true,
      }));
  }
};
