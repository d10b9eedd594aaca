/**
 * The answer to `GET /metrics`: joins the values of all group members in this process, as Prometheus' text or as OpenMetrics. prom-client's
 * own aggregation loses exemplars.
 *
 * Counters and histograms are summed. A gauge with a partition has a value only in the partition's owner; during a rebalance two members
 * may have one, and the higher value is shown.
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

export const exposition = (members: readonly MetricValues[], format: Format): Exposition => {
  const families = unite(members).flatMap((family) => write(family, format));
  const end = format === 'openmetrics' ? ['# EOF'] : [];
  return { contentType: CONTENT_TYPES[format], body: [...families, ...end, ''].join('\n') };
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

const unite = (members: readonly MetricValues[]): readonly Family[] => {
  const families = new Map<string, Family>();
  for (const metric of members.flat()) {
    const { name, help, values } = metric;
    const type = String(metric.type);
    const family = families.get(name) ?? { name, help, type, samples: new Map<string, Sample>() };
    families.set(name, family);
    const combine = combinationOf(name, type);
    for (const value of values as readonly Value[]) {
      const sample = { name: value.metricName ?? name, labels: labelsOf(value.labels), value: value.value };
      const key = `${sample.name}{${sample.labels}}`;
      const known = family.samples.get(key);
      const exemplar = value.exemplar ?? null;
      if (known === undefined) {
        family.samples.set(key, { ...sample, exemplar });
        continue;
      }
      known.value = combine(known.value, value.value);
      if ((exemplar?.timestamp ?? 0) > (known.exemplar?.timestamp ?? 0)) known.exemplar = exemplar;
    }
  }
  return [...families.values()];
};

type Combine = (a: number, b: number) => number;

const COMBINE: Readonly<Record<NonNullable<MetricDefinition['united']>, Combine>> = {
  sum: (a, b) => a + b,
  max: Math.max,
  min: Math.min,
};

const combinationOf = (name: string, type: string): Combine => {
  const own = (METRICS as Readonly<Record<string, MetricDefinition>>)[name];
  if (own !== undefined) return COMBINE[own.united ?? (type === 'gauge' ? 'max' : 'sum')];
  // Every thread reports these values of the whole process: a sum would count them several times.
  if (name.startsWith('process_')) return COMBINE.max;
  return COMBINE[name.startsWith('nodejs_eventloop_') ? 'max' : 'sum'];
};

const labelsOf = (labels: Readonly<Record<string, unknown>>): string =>
  Object.entries(labels)
    .map(([name, value]) => `${name}="${escaped(String(value)).replaceAll('"', '\\"')}"`)
    .join(',');

const escaped = (text: string): string => text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');

const write = ({ name, help, type, samples }: Family, format: Format): readonly string[] => {
  const isOpen = format === 'openmetrics';
  // OpenMetrics calls a counter by its name without the suffix, which only the samples have.
  const family = isOpen && type === 'counter' ? name.replace(/_total$/, '') : name;
  return [
    `# HELP ${family} ${isOpen ? escaped(help).replaceAll('"', '\\"') : escaped(help)}`,
    `# TYPE ${family} ${type}`,
    ...[...samples.values()].map(({ name: sample, labels, value, exemplar }) => {
      const line = `${sample}${labels === '' ? '' : `{${labels}}`} ${numberOf(value)}`;
      return isOpen && exemplar !== null
        ? `${line} # {${labelsOf(exemplar.labelSet)}} ${numberOf(exemplar.value)} ${exemplar.timestamp.toFixed(3)}`
        : line;
    }),
  ];
};

const numberOf = (value: number): string => {
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
  const best = (type: string): number =>
    Math.max(0, ...wanted.filter((accepted) => accepted.type === type).map(({ quality }) => quality));
  const open = best('application/openmetrics-text');
  return open > 0 && open >= best('text/plain') ? 'openmetrics' : 'text';
};
