/** In the order of the dashboard's rows. */
export const SECTIONS = [
  'Commands',
  'Lag',
  'Partitions',
  'Batches',
  'Servers',
  'Fairness',
  'Process',
] as const;

export type Section = (typeof SECTIONS)[number];

/** `partition`: a value for each partition that the instance owns. `any`: one value, such as a version. */
export type LabelValues = readonly string[] | 'partition' | 'any';

/** What the table of metrics says of each metric. */
export type MetricDefinition = {
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly section: Section;
  /** Says to a newcomer what the number is. Ends with a full stop. */
  readonly help: string;
  /** When to act, for the docs. */
  readonly act?: string;
  /** As Grafana shows the value. Default: a plain number. */
  readonly unit?: 'seconds' | 'timestamp';
  readonly labels: Readonly<Record<string, LabelValues>>;
  /** The combinations of label values that occur, if not all do. */
  readonly combinations?: readonly Readonly<Record<string, string>>[];
  /** Histograms only: the upper bounds. */
  readonly buckets?: readonly number[];
  /** How the values of several workers are merged. Default: `sum` for counters and histograms, `max` for gauges. */
  readonly merged?: 'sum' | 'max' | 'min';
};
