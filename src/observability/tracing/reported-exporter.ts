import { ExportResultCode } from '@opentelemetry/core';
import type { SpanExporter } from '@opentelemetry/sdk-trace';
import type { ExportLog } from './export-log.ts';
import type { Headers, OpenedExporter } from './opened-exporter.ts';

type Export = SpanExporter['export'];

/** Gives each export the headers of that moment, and reports whether the collector takes the spans. */
export const reportedExporter = (
  { exporter, use }: OpenedExporter,
  headers: () => Promise<Headers>,
  log: ExportLog,
): SpanExporter => {
  const send = async (...[spans, done]: Parameters<Export>): Promise<void> => {
    use(await headers());
    exporter.export(spans, (result) => {
      if (result.code === ExportResultCode.SUCCESS) log.answered();
      else log.failed(result.error ?? new Error('the collector refuses the spans'));
      done(result);
    });
  };
  return {
    export: (spans, done) => {
      send(spans, done).catch((thrown: unknown) => {
        const error = thrown instanceof Error ? thrown : new Error(String(thrown));
        log.failed(error);
        done({ code: ExportResultCode.FAILED, error });
      });
    },
    forceFlush: () => exporter.forceFlush?.() ?? Promise.resolve(),
    shutdown: () => exporter.shutdown(),
  };
};
