/** A collector that speaks OTLP over HTTP and gRPC, after OpenTelemetry's own definitions of the protocol. Binds to free ports. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { type MethodDefinition, Server, ServerCredentials, type ServiceDefinition } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';

type Value = { readonly stringValue?: string; readonly intValue?: string };
type Pair = { readonly key: string; readonly value: Value };
type Wire = {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: readonly Pair[] };
    readonly scopeSpans: readonly { readonly spans: readonly WireSpan[] }[];
  }[];
};
type WireLink = { readonly traceId: Buffer; readonly spanId: Buffer };
type WireSpan = WireLink & {
  readonly parentSpanId: Buffer;
  readonly name: string;
  readonly kind: string;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes: readonly Pair[];
  readonly links: readonly WireLink[];
  readonly status: { readonly code: string; readonly message: string } | null;
};

type Attributes = Readonly<Record<string, string | number>>;

export type ReceivedSpan = {
  readonly traceId: string;
  readonly spanId: string;
  /** Empty: none. */
  readonly parentSpanId: string;
  readonly name: string;
  readonly kind: string;
  readonly milliseconds: number;
  readonly attributes: Attributes;
  readonly links: readonly { readonly traceId: string; readonly spanId: string }[];
  readonly failed: string | null;
  readonly resource: Attributes;
};

export type TraceCollector = {
  readonly url: string;
  readonly spans: readonly ReceivedSpan[];
  /** The headers of each request. */
  readonly headers: readonly Readonly<Record<string, string | undefined>>[];
  /** How many requests have arrived, answered or not. */
  requests(): number;
  close(): Promise<void>;
};

/** `never`: takes requests and does not answer. `refused`: answers that the request is not allowed. */
export type Answers = 'at once' | 'never' | 'refused';

const DEFINITIONS = fileURLToPath(new URL('../fixtures/otlp', import.meta.url));
const { 'opentelemetry.proto.collector.trace.v1.TraceService': service } = loadSync(
  'opentelemetry/proto/collector/trace/v1/trace_service.proto',
  { includeDirs: [DEFINITIONS], longs: String, enums: String, defaults: true, arrays: true, oneofs: true },
);
const EXPORT = (service as ServiceDefinition)['Export'] as MethodDefinition<Wire, object>;

export const startHttpCollector = async (answers: Answers = 'at once'): Promise<TraceCollector> => {
  const received = createReceived();
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await buffer(request);
    received.arrived(request.headers);
    if (answers === 'never') return;
    if (answers === 'refused' || request.url !== '/v1/traces') {
      response.writeHead(answers === 'refused' ? 401 : 404).end('not allowed');
      return;
    }
    const isZipped = request.headers['content-encoding'] === 'gzip';
    received.take(EXPORT.requestDeserialize(isZipped ? gunzipSync(body) : body));
    response.writeHead(200, { 'content-type': 'application/x-protobuf' }).end(EXPORT.responseSerialize({}));
  };
  const server = createServer((request, response) => void answer(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    ...received.collector,
    url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
};

export const startGrpcCollector = async (answers: Answers = 'at once'): Promise<TraceCollector> => {
  const received = createReceived();
  const server = new Server();
  server.addService(service as ServiceDefinition, {
    Export: (
      call: { readonly request: Wire; readonly metadata: { getMap(): Record<string, unknown> } },
      done: (error: object | null, answer?: object) => void,
    ) => {
      received.arrived(call.metadata.getMap());
      if (answers === 'never') return;
      if (answers === 'refused') {
        done({ code: 16, details: 'not allowed' });
        return;
      }
      received.take(call.request);
      done(null, {});
    },
  });
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) => {
      if (error === null) resolve(bound);
      else reject(error);
    });
  });
  return {
    ...received.collector,
    url: `http://127.0.0.1:${String(port)}`,
    close: async () => {
      server.forceShutdown();
      return Promise.resolve();
    },
  };
};

const createReceived = () => {
  const spans: ReceivedSpan[] = [];
  const headers: Readonly<Record<string, string | undefined>>[] = [];
  return {
    collector: { spans, headers, requests: () => headers.length },
    arrived: (received: object) => void headers.push(received as Record<string, string>),
    take: ({ resourceSpans }: Wire) => {
      for (const { resource, scopeSpans } of resourceSpans)
        for (const each of scopeSpans.flatMap((scope) => scope.spans))
          spans.push(spanOf(each, attributesOf(resource.attributes)));
    },
  };
};

const spanOf = (span: WireSpan, resource: Attributes): ReceivedSpan => ({
  ...idsOf(span),
  parentSpanId: span.parentSpanId.toString('hex'),
  name: span.name,
  kind: span.kind.replace('SPAN_KIND_', '').toLowerCase(),
  milliseconds: Number(BigInt(span.endTimeUnixNano) - BigInt(span.startTimeUnixNano)) / 1e6,
  attributes: attributesOf(span.attributes),
  links: span.links.map(idsOf),
  failed: span.status?.code === 'STATUS_CODE_ERROR' ? span.status.message : null,
  resource,
});

const idsOf = ({ traceId, spanId }: WireLink) => ({
  traceId: traceId.toString('hex'),
  spanId: spanId.toString('hex'),
});

const attributesOf = (pairs: readonly Pair[]): Attributes =>
  Object.fromEntries(
    pairs.map(({ key, value: { stringValue, intValue } }) => [key, stringValue ?? Number(intValue)]),
  );
