import { hostname } from 'node:os';
import { threadId } from 'node:worker_threads';
import type { Config } from '../../config/config.ts';
import { readPairs } from '../../config/pairs.ts';
import type { TracingSettings } from '../../observability/tracing/tracing-settings.ts';
import { reveal } from '../../credentials/secret.ts';
import { version } from '../version.ts';

/**
 * Undefined if `serve` records no traces.
 *
 * @param instance the id of the process, as in its log and `/status`; `thread.id` tells its threads apart
 */
export const traceSettings = (
  { traces, serviceName, attributes }: Config['otel'],
  instance: string,
): TracingSettings | undefined =>
  traces && {
    ...traces,
    headers: async () =>
      traces.headers === undefined
        ? {}
        : (readPairs(await reveal(traces.headers, 'OTEL_EXPORTER_OTLP_HEADERS')) ?? {}),
    resource: {
      'service.version': version,
      'service.instance.id': instance,
      'host.name': hostname(),
      'process.pid': process.pid,
      ...(threadId > 0 && { 'thread.id': threadId }),
      ...attributes,
      'service.name': serviceName,
    },
  };
