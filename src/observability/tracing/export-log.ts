import { type Logger, withoutCredentials } from '../logging.ts';

/** Tells once in an outage that the collector does not take traces, and once that it does again. */
export type ExportLog = {
  answered(): void;
  failed(error: Error): void;
  /** A remark of OpenTelemetry's libraries, for example that spans were dropped. */
  noted(text: string): void;
};

const REPEAT_MS = 60_000;
const MAX_LENGTH = 500;

export const createExportLog = (logger: Pick<Logger, 'warn' | 'info'>): ExportLog => {
  let isDown = false;
  const noted = new Map<string, number>();
  return {
    answered: () => {
      if (isDown) logger.info('the collector takes traces again');
      isDown = false;
    },
    failed: (error) => {
      if (isDown) return;
      isDown = true;
      // Leave out the error itself: the libraries put the collector's whole answer into it.
      const reason = withoutCredentials(error.message).slice(0, MAX_LENGTH);
      logger.warn(
        { code: 'TRACES_NOT_EXPORTED', reason },
        'the collector does not take traces: commands continue without traces. Check OTEL_EXPORTER_OTLP_ENDPOINT and the collector',
      );
    },
    noted: (text) => {
      const kind = text.replaceAll(/\d+/g, '#');
      const now = performance.now();
      if (now - (noted.get(kind) ?? Number.NEGATIVE_INFINITY) < REPEAT_MS) return;
      noted.set(kind, now);
      logger.warn({ code: 'TRACES' }, `OpenTelemetry: ${withoutCredentials(text).slice(0, MAX_LENGTH)}`);
    },
  };
};
