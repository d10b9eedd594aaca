/**
 * Records traces and sends them to a collector, if the settings say so. OpenTelemetry's packages are loaded only then. A collector that is
 * away or slow never slows the work: spans wait in a bounded queue, and are dropped when the queue is full.
 */
import { Failure } from '../../processor/failure.ts';
import { NO_TRACES } from '../../processor/no-traces.ts';
import type { Tracing, TracingDeps, TracingSettings } from './tracing-settings.ts';
import { systemCode } from '../../processor/system-code.ts';

const NO_TRACING: Tracing = {
  tracer: NO_TRACES,
  request: (_, work) => work(),
  close: () => Promise.resolve(),
};

/** @param settings undefined: record nothing */
export const openTracing = async (
  settings: TracingSettings | undefined,
  deps: TracingDeps,
): Promise<Tracing> => {
  if (settings === undefined) return NO_TRACING;
  try {
    const { startTracing } = await import('./start-tracing.ts');
    return await startTracing(settings, deps);
  } catch (error) {
    throw isMissing(error) ? notInstalled(error) : error;
  }
};

const isMissing = (error: unknown): boolean => systemCode(error) === 'ERR_MODULE_NOT_FOUND';

const notInstalled = (cause: unknown): Failure =>
  new Failure(
    'fatal',
    'WRONG_CONFIGURATION',
    "traces need OpenTelemetry's packages, which are not installed: install runclose without `--omit=optional`, or set OTEL_SDK_DISABLED=true",
    { cause },
  );
