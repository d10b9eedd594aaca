/**
 * The answer to `GET /metrics`: merges the values of all group members in this process, and writes them as Prometheus' text or as
 * OpenMetrics. prom-client can merge, too, but loses the exemplars.
 *
 * Counters and histograms are summed. Only the owner of a partition reports that partition's gauges. During a rebalance two members may
 * report one: then the higher value is shown. A metric can ask for another way to merge (`merged` of its definition).
 */
import type { MetricDefinition } from './metric-definition.ts';
import { METRICS } from './metric-definitions.ts';
import type { MetricValues } from './metrics.ts';

export type Format = 'text' | 'openmetrics';

export type Exposition = { readonly contentType: string; readonly body: string };

const CONTENT_TYPES: Readonly<Record<Format, string>> = {
  text: 'text/plain; version=0.0.4; charset=utf-8',
  openmetrics: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
};

export const expose = (members: readonly MetricValues[], format: Format): Exposition => {
  const lines = merge(members).flatMap((family) => linesOf(family, format));
  const end = format === 'openmetrics' ? ['# EOF'] : [];
  return { contentType: CONTENT_TYPES[format], body: [...lines, ...end, ''].join('\n') };
};

type Value = MetricValues[number]['values'][number] & {
  readonly metricName?: string;
  readonly exemplar?: Exemplar | null;
};

type Exemplar = {
  readonly labelSet: Readonly<Record<string, string>>;
  readonly value: number;
  readonly timestamp: number;
};

type Sample = { readonly name: string; readonly labels: string; value: number; exemplar: Exemplar | null };

type Family = {
  readonly name: string;
  readonly help: string;
  readonly type: string;
  readonly samples: Map<string, Sample>;
};

type MergeValues = (a: number, b: number) => number;

const merge = (members: readonly MetricValues[]): readonly Family[] => {
  const families = new Map<string, Family>();
  for (const metric of members.flat()) {
    const { name, help, values } = metric;
    const type = String(metric.type);
    const family = families.get(name) ?? { name, help, type, samples: new Map<string, Sample>() };
    families.set(name, family);
    const mergeValues = mergeOf(name, type);
    for (const value of values as readonly Value[]) {
      const sample = { name: value.metricName ?? name, labels: labelsOf(value.labels), value: value.value };
      const key = `${sample.name}{${sample.labels}}`;
      const known = family.samples.get(key);
      const exemplar = value.exemplar ?? null;
      if (known === undefined) {
        family.samples.set(key, { ...sample, exemplar });
        continue;
      }
      known.value = mergeValues(known.value, value.value);
      if ((exemplar?.timestamp ?? 0) > (known.exemplar?.timestamp ?? 0)) known.exemplar = exemplar;
    }
  }
  return [...families.values()];
};

const MERGE: Readonly<Record<NonNullable<MetricDefinition['merged']>, MergeValues>> = {
  sum: (a, b) => a + b,
  max: Math.max,
  min: Math.min,
};

const mergeOf = (name: string, type: string): MergeValues => {
  const own = (METRICS as Readonly<Record<string, MetricDefinition>>)[name];
  if (own !== undefined) return MERGE[own.merged ?? (type === 'gauge' ? 'max' : 'sum')];
  // Every thread reports these values of the whole process: a sum would count them several times.
  if (name.startsWith('process_')) return MERGE.max;
  // Each thread has an event loop of its own: show the slowest.
  return name.startsWith('nodejs_eventloop_') ? MERGE.max : MERGE.sum;
};

const labelsOf = (labels: Readonly<Record<string, unknown>>): string =>
  Object.entries(labels)
    .map(([name, value]) => `${name}="${escapedQuoted(String(value))}"`)
    .join(',');

const escaped = (text: string): string => text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');

const escapedQuoted = (text: string): string => escaped(text).replaceAll('"', '\\"');

const linesOf = ({ name, help, type, samples }: Family, format: Format): readonly string[] => {
  const isOpenMetrics = format === 'openmetrics';
  // OpenMetrics calls a counter by its name without the suffix, which only the samples have.
  const family = isOpenMetrics && type === 'counter' ? name.replace(/_total$/, '') : name;
  return [
    `# HELP ${family} ${isOpenMetrics ? escapedQuoted(help) : escaped(help)}`,
    `# TYPE ${family} ${type}`,
    ...[...samples.values()].map(({ name: sampleName, labels, value, exemplar }) => {
      const line = `${sampleName}${labels === '' ? '' : `{${labels}}`} ${numberText(value)}`;
      return isOpenMetrics && exemplar !== null
        ? `${line} # {${labelsOf(exemplar.labelSet)}} ${numberText(exemplar.value)} ${exemplar.timestamp.toFixed(3)}`
        : line;
    }),
  ];
};

const numberText = (value: number): string => {
  if (Number.isNaN(value)) return 'NaN';
  return Number.isFinite(value) ? String(value) : value < 0 ? '-Inf' : '+Inf';
};

/** The format that the client prefers: OpenMetrics only if its `Accept` names it, and does not rank the text above it. */
export const formatFor = (accept: string | undefined): Format => {
  const wanted = (accept ?? '')
    .toLowerCase()
    .split(',')
    .map((range) => {
      const [type = '', ...parameters] = range.split(';').map((part) => part.trim());
      const quality = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2);
      return { type, quality: quality === undefined ? 1 : Number(quality) || 0 };
    });
  const qualityOf = (type: string): number =>
    Math.max(0, ...wanted.filter((accepted) => accepted.type === type).map(({ quality }) => quality));
  const openMetrics = qualityOf('application/openmetrics-text');
  return openMetrics > 0 && openMetrics >= qualityOf('text/plain') ? 'openmetrics' : 'text';
};
