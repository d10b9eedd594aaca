/** Counts and measures what the table of definitions lists, with prom-client. */
import {
  collectDefaultMetrics,
  Counter,
  Gauge,
  Histogram,
  type OpenMetricsContentType,
  type MetricObjectWithValues,
  type MetricValue,
  Registry,
} from 'prom-client';
import type { MetricDefinition } from './metric-definition.ts';
import { definitionsOfMetrics, type MetricName, METRICS } from './metric-definitions.ts';

type Table = typeof METRICS;
type NamesOf<T extends MetricDefinition['type']> = {
  [N in MetricName]: Table[N]['type'] extends T ? N : never;
}[MetricName];
type LabelsOf<N extends MetricName> = Readonly<Record<keyof Table[N]['labels'], string | number>>;

export type Metrics = {
  count<N extends NamesOf<'counter'>>(name: N, labels: LabelsOf<N>, amount?: number): void;
  set<N extends NamesOf<'gauge'>>(name: N, labels: LabelsOf<N>, value: number): void;
  /** The trace becomes the exemplar of the bucket. */
  observe<N extends NamesOf<'histogram'>>(
    name: N,
    labels: LabelsOf<N>,
    value: number,
    traceId?: string,
  ): void;
  remove<N extends NamesOf<'gauge'>>(name: N, labels: LabelsOf<N>): void;
  /** The values of all metrics at this moment. */
  values(): Promise<MetricValues>;
};

/** The values of all metrics of one group member. Threads can send them to each other. */
export type MetricValues = readonly MetricObjectWithValues<MetricValue<string>>[];

type MetricsRegistry = Registry<OpenMetricsContentType>;

export const emptyRegistry = (): MetricsRegistry => {
  // Only such a registry keeps exemplars.
  const registry: MetricsRegistry = new Registry();
  registry.setContentType(Registry.OPENMETRICS_CONTENT_TYPE);
  return registry;
};

/** With the metrics of Node and of the process, which cost something all the time. */
const processRegistry = (): MetricsRegistry => {
  const registry = emptyRegistry();
  collectDefaultMetrics({ register: registry });
  return registry;
};

export const createMetrics = (registry: MetricsRegistry = processRegistry()): Metrics => {
  const counters = new Map<MetricName, Counter>();
  const gauges = new Map<MetricName, Gauge>();
  const histograms = new Map<MetricName, Histogram>();

  for (const [name, definition] of definitionsOfMetrics) {
    const { type, help, labels, buckets = [] } = definition;
    const config = { name, help, labelNames: Object.keys(labels), registers: [registry] };
    switch (type) {
      case 'counter': {
        const counter = new Counter(config);
        // A series that begins at 0 shows its first increase, too.
        for (const each of combinationsOf(definition)) counter.inc(each, 0);
        counters.set(name, counter);
        break;
      }
      case 'gauge':
        gauges.set(name, new Gauge(config));
        break;
      case 'histogram': {
        const histogram = new Histogram({ ...config, buckets: [...buckets], enableExemplars: true });
        for (const each of combinationsOf(definition)) histogram.zero(each);
        histograms.set(name, histogram);
        break;
      }
    }
  }

  return {
    count: (name, labels, amount = 1) => counters.get(name)?.inc(labels, amount),
    set: (name, labels, value) => gauges.get(name)?.set(labels, value),
    observe: (name, labels, value, traceId) =>
      histograms.get(name)?.observe({
        labels,
        value,
        ...(traceId !== undefined && { exemplarLabels: { trace_id: traceId } }),
      }),
    remove: (name, labels) => gauges.get(name)?.remove(labels),
    values: () => registry.getMetricsAsJSON(),
  };
};

/** Every combination of label values that the metric may have; none if a label has no closed set. */
export const combinationsOf = ({
  labels,
  combinations,
}: MetricDefinition): readonly Record<string, string>[] =>
  combinations ??
  Object.entries(labels).reduce<Record<string, string>[]>(
    (all, [label, values]) =>
      typeof values === 'string'
        ? []
        : all.flatMap((each) => values.map((value) => ({ ...each, [label]: value }))),
    [{}],
  );
