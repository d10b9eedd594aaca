/**
 * Serves `GET /health/live`, `/health/ready`, `/metrics` and `/status`. A probe answers 200 or 503 with a JSON body that names each check. If a check
 * itself fails, the answer is 503.
 *
 * A client that reaches the port must not be able to slow the processor down. So each connection gets one answer at a time, with a pause after
 * each. The numbers of connections and header bytes and the idle time are limited. Kafka and Postgres are asked at most once a second, however
 * many clients ask.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { visibleText } from '../domain/visible-text.ts';
import { failureOf, Failure } from '../processor/failure.ts';
import { atMostOnceIn } from './at-most-once-in.ts';
import { createConnectionLimit } from './connection-limit.ts';
import { type Exposition, type Format, formatFor } from './exposition.ts';
import type { HealthReport } from './health.ts';
import { requestsInTurn, type RequestsInTurn } from './requests-in-turn.ts';

export type HttpServerDeps = {
  readonly host: string;
  readonly port: number;
  readonly live: () => Promise<HealthReport>;
  readonly ready: () => Promise<HealthReport>;
  readonly exposition: (format: Format) => Promise<Exposition>;
  /** Becomes the JSON of `/status`. */
  readonly status: () => Promise<object>;
};

export type HttpServer = {
  /** The port on which the server listens. If the setting is 0, the operating system chose the port. */
  readonly port: number;
  /** Closes idle connections at once. Closes the others when they have their answer, or after a second. */
  close(): Promise<void>;
};

const CLOSE_TIMEOUT_MS = 1_000;
/** Probes and Prometheus need a handful of connections. */
const MAX_CONNECTIONS = 250;
/**
 * The backlog of connections that are not accepted yet. Below half the limit, so that newer connections do not evict one before its turn.
 */
const MAX_UNACCEPTED = 100;
/** Probes send a few hundred bytes. */
const MAX_HEAD_BYTES = 8_192;
/** The server closes a connection that sends nothing for this time, or whose request does not end within this time. */
const IDLE_MS = 10_000;
/** For this time, an answer is used again instead of asking the servers. */
const FRESH_MS = 1_000;

/** Caches must not store an answer, and browsers must not render a text as a page. */
const HEADERS = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' };

/** Resolves when the server listens. Rejects with the fatal failure `HTTP_UNAVAILABLE` if it cannot listen. */
export const startHttpServer = async (deps: HttpServerDeps): Promise<HttpServer> => {
  const { host, port } = deps;
  const connections = new WeakMap<object, RequestsInTurn>();
  const answerOf = answers(deps);
  const server = createServer({
    maxHeaderSize: MAX_HEAD_BYTES,
    headersTimeout: IDLE_MS,
    requestTimeout: IDLE_MS,
    keepAliveTimeout: IDLE_MS,
    connectionsCheckingInterval: 1_000,
  });
  const respond = (request: IncomingMessage, response: ServerResponse): void => {
    response.once('close', () => connections.get(request.socket)?.answered());
    void answerOf(request).then(({ status, headers, body }) => {
      response.writeHead(status, { ...HEADERS, ...headers, 'content-length': Buffer.byteLength(body) });
      response.end(body);
    });
  };
  for (const event of ['request', 'checkContinue', 'checkExpectation']) server.on(event, respond);
  serveInTurn(server, connections);
  await listen(server, host, port);
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : port,
    close: () =>
      new Promise((resolve) => {
        const deadline = setTimeout(() => server.closeAllConnections(), CLOSE_TIMEOUT_MS);
        server.close(() => {
          clearTimeout(deadline);
          resolve();
        });
        server.closeIdleConnections();
      }),
  };
};

type Answer = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Buffer;
};

/** Creates the function that answers requests. The function never rejects. */
const answers = ({ live, ready, exposition, status }: HttpServerDeps) => {
  const metricsAs = (format: Format) =>
    atMostOnceIn(FRESH_MS, async (): Promise<Answer> => {
      const { contentType, body } = await exposition(format);
      const headers = { 'content-type': contentType, vary: 'accept' };
      return { status: 200, headers, body: Buffer.from(body) };
    });
  const metrics = { text: metricsAs('text'), openmetrics: metricsAs('openmetrics') };
  const pages: ReadonlyMap<string, (accept?: string) => Promise<Answer>> = new Map([
    ['/health/live', async () => health(await live())],
    ['/health/ready', atMostOnceIn(FRESH_MS, async () => health(await ready()))],
    ['/status', atMostOnceIn(FRESH_MS, async () => json(200, await status()))],
    ['/metrics', (accept?: string) => metrics[formatFor(accept)]()],
  ]);

  return async ({ method = '', url = '', headers }: IncomingMessage): Promise<Answer> => {
    const page = pages.get(url.split('?', 1)[0] ?? '');
    if (page === undefined) return refusal(404, 'not found');
    if (method !== 'GET' && method !== 'HEAD')
      return refusal(405, 'only GET and HEAD', { allow: 'GET, HEAD' });
    const hasBody = (headers['content-length'] ?? '0') !== '0' || headers['transfer-encoding'] !== undefined;
    if (hasBody) return refusal(413, 'send the request without a body');
    try {
      return await page(headers.accept);
    } catch (thrown) {
      const { code } = failureOf(thrown);
      return health({ status: 'failing', checks: [{ name: 'probe', status: 'failing', detail: code }] });
    }
  };
};

/** Ends the connection, because an unwanted body might follow. */
const refusal = (status: number, text: string, headers: Answer['headers'] = {}): Answer => ({
  status,
  headers: { ...headers, 'content-type': 'text/plain; charset=utf-8', connection: 'close' },
  body: `${text}\n`,
});

type Report = { readonly status: HealthReport['status']; readonly checks: readonly object[] };

const health = (report: Report): Answer => json(report.status === 'ok' ? 200 : 503, report);

/** Makes invisible characters visible: details contain ids from records, and people read them on a terminal. */
const json = (status: number, value: object): Answer => ({
  status,
  headers: { 'content-type': 'application/json' },
  body: visibleText(JSON.stringify(value)),
});

/** Passes each connection to the HTTP server through `requestsInTurn`, within the limit on connections. */
const serveInTurn = (server: Server, connections: WeakMap<object, RequestsInTurn>): void => {
  const limit = createConnectionLimit(MAX_CONNECTIONS);
  const [serve] = server.listeners('connection');
  server.removeAllListeners('connection');
  server.on('connection', (socket: Socket) => {
    const connection = requestsInTurn(socket);
    socket.setTimeout(IDLE_MS, () => connection.destroy());
    connections.set(connection, connection);
    limit.add(socket.remoteAddress ?? '', connection);
    socket.once('close', () => limit.remove(connection));
    if (!connection.destroyed) serve?.call(server, connection);
  });
};

const listen = (server: Server, host: string, port: number): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once('error', (cause) => reject(notListening(host, port, cause)));
    server.listen({ port, host, backlog: MAX_UNACCEPTED }, resolve);
  });

/** Leaves out Node's error as the cause: it would be printed, and says nothing more. */
const notListening = (host: string, port: number, error: NodeJS.ErrnoException): Failure =>
  new Failure(
    'fatal',
    'HTTP_UNAVAILABLE',
    `listening on ${host}:${String(port)}: ${whyNotListening(port, error)}`,
  );

const NO_SUCH_ADDRESS = 'this machine has no such address: set HTTP_HOST to one that it has, or to 0.0.0.0';

const whyNotListening = (port: number, { code = '', message }: NodeJS.ErrnoException): string =>
  ({
    EADDRINUSE: `port ${String(port)} is in use: set HTTP_PORT to a free one`,
    EACCES: `no right to use port ${String(port)}: set HTTP_PORT to one above 1023`,
    EADDRNOTAVAIL: NO_SUCH_ADDRESS,
    ENOTFOUND: NO_SUCH_ADDRESS,
  })[code] ?? message;
