import { type MetricDefinition, SECTIONS } from '../../src/observability/metric-definition.ts';
import { definitionsOfMetrics, type MetricName } from '../../src/observability/metric-definitions.ts';
import { combinationsOf } from '../../src/observability/metrics.ts';

/** docs/metrics.md. */
export const metricsPage = (): string =>
  [
    INTRODUCTION,
    ...SECTIONS.map((section) => [`## ${section}`, ...metricsIn(section).map(entry)].join('\n\n')),
    cardinality(),
  ].join('\n\n');

const INTRODUCTION = `<!-- Made from src/observability/metric-definitions.ts by \`npm run generate\`: do not edit. -->

# Metrics

\`GET /metrics\` of each \`serve\` answers in Prometheus' text format, or in OpenMetrics if the \`Accept\` header prefers it. Besides the metrics
below it shows Node's own (\`process_…\`, \`nodejs_…\`). Several workers in one process answer as one: counters and histograms are added up.

- **Seconds** are durations, and never negative: a clock that jumps makes no age negative.
- **Exemplars**: in OpenMetrics, the buckets of a batch's histograms name the trace of a recent batch (\`trace_id\`) if it was traced.
- **Counters begin at 0** for each combination of labels, so the first increase shows.
- **During the start** the endpoint already answers, with \`runclose_ready\` 0. **While \`serve\` drains** it answers until every member has left
  the group.
- **Cost**: 0.3 to 0.5 µs a command, measured four times on two cores with other work. That is 0.3% of the 157 µs of CPU time that a command
  takes ([tracing.md](tracing.md#what-it-costs)). The measurement runs what \`serve\` does for its metrics after each batch: 200 batches of 500
  commands with five orders, the fastest of five rounds. A scrape with 1,000 partitions took 14 to 29 ms.
  [cost.test.ts](../test/unit/observability/cost.test.ts) measures both again and fails far above these figures.

The Helm chart has a Grafana dashboard with a panel for each metric (\`dashboard.enabled\`), and alerts (\`prometheusRule.enabled\`), which
[runbook.md](runbook.md) explains.`;

const metricsIn = (section: string): readonly (readonly [MetricName, MetricDefinition])[] =>
  definitionsOfMetrics.filter(([, definition]) => definition.section === section);

const entry = ([name, definition]: readonly [MetricName, MetricDefinition]): string =>
  [
    `### \`${name}\``,
    definition.help,
    [
      `- Type: ${definition.type}`,
      ...Object.entries(definition.labels).map(
        ([label, values]) => `- Label \`${label}\`: ${valuesOf(values)}`,
      ),
      ...(definition.act === undefined ? [] : [`- Act when: ${definition.act}`]),
    ].join('\n'),
  ].join('\n\n');

const valuesOf = (values: MetricDefinition['labels'][string]): string => {
  if (values === 'partition') return 'the number of a partition that this instance owns';
  if (values === 'any') return 'a version';
  return values.map((value) => `\`${value}\``).join(', ');
};

/** How many series an instance has at most, whatever it owns, and for each partition that it owns. */
export const seriesOf = (
  definition: MetricDefinition,
): { readonly fixed: number; readonly perPartition: number } => {
  const { labels, buckets = [] } = definition;
  const { partition, ...others } = labels;
  if (partition !== undefined)
    // A partition has one alarm at a time, whatever its code.
    return { fixed: 0, perPartition: 1 };
  const isOpen = Object.values(others).includes('any');
  const combinations = isOpen ? 1 : combinationsOf(definition).length;
  return {
    fixed: combinations * (definition.type === 'histogram' ? buckets.length + 3 : 1),
    perPartition: 0,
  };
};

const cardinality = (): string => {
  const all = definitionsOfMetrics.map(([, definition]) => seriesOf(definition));
  const fixed = all.reduce((sum, series) => sum + series.fixed, 0);
  const perPartition = all.reduce((sum, series) => sum + series.perPartition, 0);
  return `## How many series there are

An instance has at most ${String(fixed)} series of its own, and ${String(perPartition)} more for each partition that it owns: with 1,000
partitions, ${(fixed + 1_000 * perPartition).toLocaleString('en-US')} series. No label has the id of a channel, a run, a command or a person, so the
number of channels does not matter. A label value that is not in its list above shows as \`OTHER\`.`;
};
