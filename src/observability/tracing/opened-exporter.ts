import type { SpanExporter } from '@opentelemetry/sdk-trace';

export type Headers = Readonly<Record<string, string>>;

/** An exporter, and how to give it the headers for its next requests. */
export type OpenedExporter = { readonly exporter: SpanExporter; use(headers: Headers): void };
