import type { Headers, OpenedExporter } from './opened-exporter.ts';
import type { TracingSettings } from './tracing-settings.ts';

/** Loads only the packages of the protocol. */
export const openExporter = async ({
  protocol,
  url,
}: Pick<TracingSettings, 'protocol' | 'url'>): Promise<OpenedExporter> => {
  switch (protocol) {
    case 'http/protobuf': {
      const { OTLPTraceExporter } = await import('@opentelemetry/exporter-trace-otlp-proto');
      let current: Headers = {};
      const exporter = new OTLPTraceExporter({ url, headers: () => Promise.resolve({ ...current }) });
      return { exporter, use: (headers) => (current = headers) };
    }
    case 'grpc': {
      const [{ OTLPTraceExporter }, { Metadata }] = await Promise.all([
        import('@opentelemetry/exporter-trace-otlp-grpc'),
        import('@grpc/grpc-js'),
      ]);
      let metadata = new Metadata();
      const options = {
        url,
        // The exporter reads this property for each request.
        get metadata() {
          return metadata;
        },
      };
      return {
        exporter: new OTLPTraceExporter(options),
        use: (headers) => {
          metadata = new Metadata();
          for (const [name, value] of Object.entries(headers)) metadata.set(name, value);
        },
      };
    }
  }
};
