import type { Secret } from '../credentials/secret.ts';
import { readPairs } from './pairs.ts';
import { present, section } from './section.ts';
import { address, flag, fraction, oneOf, pairs, text, wholeNumber } from './variable-types.ts';

const PROTOCOLS = ['http/protobuf', 'grpc'] as const;
const HEADERS = 'OTEL_EXPORTER_OTLP_HEADERS';

export type OtlpProtocol = (typeof PROTOCOLS)[number];

/** Where `serve` sends its traces. */
export type TraceExport = {
  readonly protocol: OtlpProtocol;
  /** Complete, with the path for HTTP. */
  readonly url: string;
  /** `key=value` pairs; perhaps with tokens. */
  readonly headers?: Secret;
  readonly sampler: Sampler;
  /** For traces that start here, the share that is recorded. */
  readonly ratio: number;
  /** How spans wait for the collector. */
  readonly queue: {
    readonly maxQueueSize: number;
    readonly maxExportBatchSize: number;
    readonly scheduledDelayMillis: number;
  };
};

const SAMPLERS = [
  'always_on',
  'always_off',
  'traceidratio',
  'parentbased_always_on',
  'parentbased_always_off',
  'parentbased_traceidratio',
] as const;

export type Sampler = (typeof SAMPLERS)[number];

/** OpenTelemetry's own variables, as far as RunClose must know them. OpenTelemetry's libraries read the others. */
export const otel = section({
  variables: {
    OTEL_SERVICE_NAME: text().optional(),
    OTEL_RESOURCE_ATTRIBUTES: pairs.optional(),
    OTEL_EXPORTER_OTLP_ENDPOINT: address('http://localhost:4318', HEADERS).optional(),
    OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: address('http://localhost:4318/v1/traces', HEADERS).optional(),
    OTEL_EXPORTER_OTLP_PROTOCOL: oneOf(...PROTOCOLS).default('http/protobuf'),
    OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: oneOf(...PROTOCOLS).optional(),
    OTEL_EXPORTER_OTLP_HEADERS: pairs.optional(),
    OTEL_EXPORTER_OTLP_TRACES_HEADERS: pairs.optional(),
    OTEL_TRACES_SAMPLER: oneOf(...SAMPLERS).default('parentbased_always_on'),
    OTEL_TRACES_SAMPLER_ARG: fraction.default('1'),
    OTEL_BSP_MAX_QUEUE_SIZE: wholeNumber(1, 1_000_000).default('2048'),
    OTEL_BSP_MAX_EXPORT_BATCH_SIZE: wholeNumber(1, 1_000_000).default('512'),
    OTEL_BSP_SCHEDULE_DELAY: wholeNumber(1, 3_600_000).default('5000'),
    OTEL_TRACES_EXPORTER: oneOf('otlp', 'none').default('otlp'),
    OTEL_SDK_DISABLED: flag.default('false'),
  },
  meanings: {
    OTEL_SERVICE_NAME: 'name of this service in logs and traces; unset: `runclose`',
    OTEL_RESOURCE_ATTRIBUTES:
      'more about this service, for traces: `deployment.environment.name=staging,team=coffee`',
    OTEL_EXPORTER_OTLP_ENDPOINT:
      'OpenTelemetry collector that gets the traces of `serve`: `http://localhost:4318`, or `http://localhost:4317` for `grpc`. Unset: `serve` records no traces',
    OTEL_EXPORTER_OTLP_TRACES_ENDPOINT:
      'the same, if traces have a collector of their own; with the path for HTTP: `http://localhost:4318/v1/traces`',
    OTEL_EXPORTER_OTLP_PROTOCOL: 'how to send traces',
    OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: 'the same, for traces alone',
    OTEL_EXPORTER_OTLP_HEADERS:
      'headers of each request to the collector, such as a token: `authorization=Bearer%20…`',
    OTEL_EXPORTER_OTLP_TRACES_HEADERS: 'the same, for traces alone',
    OTEL_TRACES_SAMPLER:
      'which traces to record. With `parentbased_…`, a command is recorded if its publisher recorded it, and the rest of the name decides about all other traces',
    OTEL_TRACES_SAMPLER_ARG:
      'share of the traces to record with `…traceidratio`: `0.01` for one in a hundred',
    OTEL_BSP_MAX_QUEUE_SIZE: 'spans that may wait for the collector; further spans are dropped',
    OTEL_BSP_MAX_EXPORT_BATCH_SIZE: 'most spans in one request to the collector',
    OTEL_BSP_SCHEDULE_DELAY:
      'milliseconds between two requests to the collector, unless a request is full earlier',
    OTEL_TRACES_EXPORTER: 'where traces go; `none` turns them off',
    OTEL_SDK_DISABLED: 'turns traces off',
  },
  secrets: { OTEL_EXPORTER_OTLP_HEADERS: 'text', OTEL_EXPORTER_OTLP_TRACES_HEADERS: 'text' },
  settings: (values, secrets) => {
    const attributes = readPairs(values.OTEL_RESOURCE_ATTRIBUTES ?? '') ?? {};
    const url = urlIn(values);
    const isOff = values.OTEL_SDK_DISABLED || values.OTEL_TRACES_EXPORTER === 'none';
    return present({
      serviceName: values.OTEL_SERVICE_NAME ?? attributes['service.name'] ?? 'runclose',
      attributes,
      traces:
        isOff || url === undefined
          ? undefined
          : (present({
              protocol: protocolIn(values),
              url,
              headers: secrets.OTEL_EXPORTER_OTLP_TRACES_HEADERS ?? secrets.OTEL_EXPORTER_OTLP_HEADERS,
              sampler: values.OTEL_TRACES_SAMPLER,
              ratio: values.OTEL_TRACES_SAMPLER_ARG,
              queue: {
                maxQueueSize: values.OTEL_BSP_MAX_QUEUE_SIZE,
                maxExportBatchSize: values.OTEL_BSP_MAX_EXPORT_BATCH_SIZE,
                scheduledDelayMillis: values.OTEL_BSP_SCHEDULE_DELAY,
              },
            }) satisfies TraceExport),
    });
  },
});

type Where = {
  readonly OTEL_EXPORTER_OTLP_ENDPOINT?: string | undefined;
  readonly OTEL_EXPORTER_OTLP_TRACES_ENDPOINT?: string | undefined;
  readonly OTEL_EXPORTER_OTLP_PROTOCOL: OtlpProtocol;
  readonly OTEL_EXPORTER_OTLP_TRACES_PROTOCOL?: OtlpProtocol | undefined;
};

const protocolIn = (values: Where): OtlpProtocol =>
  values.OTEL_EXPORTER_OTLP_TRACES_PROTOCOL ?? values.OTEL_EXPORTER_OTLP_PROTOCOL;

/** OpenTelemetry's rule: only the endpoint for all signals gets the path of a signal. */
const urlIn = (values: Where): string | undefined => {
  const { OTEL_EXPORTER_OTLP_ENDPOINT: all, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: traces } = values;
  if (traces !== undefined) return traces;
  if (all === undefined || protocolIn(values) === 'grpc') return all;
  return `${all.replace(/\/+$/, '')}/v1/traces`;
};
