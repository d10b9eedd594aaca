import type { Tracer } from '../../processor/ports/tracer.ts';
import type { Logger } from '../logging.ts';

export type Tracing = {
  readonly tracer: Tracer;
  /** Runs a request to the registry. */
  request<T>(name: string, work: () => Promise<T>): Promise<T>;
  /** Sends what is left, for at most this long. Never rejects. */
  close(withinMs: number): Promise<void>;
};

/** OpenTelemetry's samplers by their names in `OTEL_TRACES_SAMPLER`. */
export type SamplerName =
  | 'always_on'
  | 'always_off'
  | 'traceidratio'
  | 'parentbased_always_on'
  | 'parentbased_always_off'
  | 'parentbased_traceidratio';

export type TracingSettings = {
  readonly protocol: 'http/protobuf' | 'grpc';
  readonly url: string;
  /** Asked for each request, because tokens are renewed. Rejects with a `Failure` if a file cannot be read. */
  readonly headers: () => Promise<Readonly<Record<string, string>>>;
  readonly sampler: SamplerName;
  readonly ratio: number;
  readonly queue: {
    /** Spans that wait beyond this number are dropped. */
    readonly maxQueueSize: number;
    readonly maxExportBatchSize: number;
    readonly scheduledDelayMillis: number;
  };
  /** What the traces say about this process. */
  readonly resource: Readonly<Record<string, string | number>>;
};

export type TracingDeps = {
  readonly logger: Pick<Logger, 'warn' | 'info'>;
  readonly groupId: string;
  /** The input topic, with its prefix. */
  readonly topic: string;
};
