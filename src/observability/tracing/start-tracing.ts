/** Loaded only if traces are recorded. */
import { diag, DiagLogLevel } from '@opentelemetry/api';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  BatchSpanProcessor,
  ParentBasedSampler,
  type Sampler,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import { createBatchTracer } from './batch-tracer.ts';
import { createExportLog } from './export-log.ts';
import { openExporter } from './exporter.ts';
import { createRecordedRequests } from './recorded-requests.ts';
import { reportedExporter } from './reported-exporter.ts';
import type { SamplerName, Tracing, TracingDeps, TracingSettings } from './tracing-settings.ts';

export const startTracing = async (
  settings: TracingSettings,
  { logger, groupId, topic }: TracingDeps,
): Promise<Tracing> => {
  const { sampler, ratio, resource, queue, headers } = settings;
  const log = createExportLog(logger);
  // The libraries report dropped spans and wrong settings here. Failed exports are reported by the exporter.
  diag.setLogger(
    { ...SILENT, warn: log.noted },
    { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true },
  );
  const exporter = reportedExporter(await openExporter(settings), headers, log);
  const provider = new TracerProvider({
    resource: resourceFromAttributes(resource),
    sampler: samplerNamed(sampler, ratio),
    spanProcessors: [new BatchSpanProcessor({ exporter, ...queue })],
  });
  const spans = provider.getTracer('runclose');
  const requests = createRecordedRequests();
  return {
    tracer: createBatchTracer({ spans, requests, groupId, topic }),
    request: requests.run,
    close: (withinMs) => settled(withinMs, provider.shutdown()),
  };
};

const samplerNamed = (name: SamplerName, ratio: number): Sampler => {
  switch (name) {
    case 'always_on':
      return new AlwaysOnSampler();
    case 'always_off':
      return new AlwaysOffSampler();
    case 'traceidratio':
      return new TraceIdRatioBasedSampler(ratio);
    case 'parentbased_always_on':
      return new ParentBasedSampler({ root: new AlwaysOnSampler() });
    case 'parentbased_always_off':
      return new ParentBasedSampler({ root: new AlwaysOffSampler() });
    case 'parentbased_traceidratio':
      return new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(ratio) });
  }
};

const ignore = (): void => undefined;
const SILENT = { error: ignore, warn: ignore, info: ignore, debug: ignore, verbose: ignore };

/** Resolves when the work settles, or after this many milliseconds. */
const settled = async (ms: number, work: Promise<unknown>): Promise<void> => {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([work.catch(() => undefined), late]);
  clearTimeout(timer);
};
