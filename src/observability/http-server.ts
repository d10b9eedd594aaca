/**
 * `GET /health/live`, `/health/ready` and `/metrics`. A probe answers 200 or 503 with a JSON body that names each check; a fact
 * that cannot be had makes it 503, never silence.
 *
 * A client that reaches the port must not be able to slow the processor down. So connections, requests in flight and idle time are limited,
 * and the servers are asked at most once a second, however many clients ask.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import { Hono, type Context } from 'hono';
import { visibleText } from '../domain/visible-text.ts';
import { failureOf, Failure } from '../processor/failure.ts';
import { atMostOnceIn } from './at-most-once-in.ts';
import type { HealthReport } from './health.ts';

export type HttpServerDeps = {
  readonly host: string;
  readonly port: number;
  readonly live: () => Promise<HealthReport>;
  readonly ready: () => Promise<HealthReport>;
  readonly exposition: () => Promise<{ readonly contentType: string; readonly body: string }>;
};

export type HttpServer = {
  /** The port it listens on, also where 0 was asked for. */
  readonly port: number;
  /** Ends idle connections at once, and the others when they have their answer, or after a second. */
  close(): Promise<void>;
};

const CLOSE_TIMEOUT_MS = 1_000;
/** Probes and Prometheus need a handful. */
const MOST_CONNECTIONS = 100;
/** Probes wait for each answer, while thousands of requests in one packet would block the event loop for seconds. */
const MOST_PIPELINED = 4;
/** A connection is closed if it sends nothing for so long, or if its request does not end within this time. */
const IDLE_MS = 10_000;
/** How old an answer may be. */
const FRESH_MS = 1_000;

/** Resolves when it listens; rejects with the fatal failure `HTTP_UNAVAILABLE` where it cannot. */
export const startHttpServer = async ({
  host,
  port,
  live,
  ready,
  exposition,
}: HttpServerDeps): Promise<HttpServer> => {
  const app = new Hono();
  const [readyNow, expositionNow] = [atMostOnceIn(FRESH_MS, ready), atMostOnceIn(FRESH_MS, exposition)];
  app.get('/health/live', async (context) => answer(context, live));
  app.get('/health/ready', async (context) => answer(context, readyNow));
  app.get('/metrics', async (context) => {
    const { contentType, body } = await expositionNow();
    return context.body(body, 200, { 'content-type': contentType });
  });

  // HTTP/1.0 has no Host, and some probes speak it.
  const listener = getRequestListener(app.fetch, { hostname: 'localhost' });
  const server = createServer(
    {
      headersTimeout: IDLE_MS,
      requestTimeout: IDLE_MS,
      keepAliveTimeout: IDLE_MS,
      connectionsCheckingInterval: 1_000,
    },
    limitPipelining((request, response) => void listener(request, response)),
  );
  server.setTimeout(IDLE_MS);
  limitConnections(server);
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

const answer = async (context: Context, probe: () => Promise<HealthReport>): Promise<Response> => {
  try {
    const health = await probe();
    return json(context, health);
  } catch (thrown) {
    const { code } = failureOf(thrown);
    return json(context, { status: 'failing', checks: [{ name: 'probe', status: 'failing', detail: code }] });
  }
};

type Report = { readonly status: HealthReport['status']; readonly checks: readonly object[] };

/** Details hold ids, and people look at them on a terminal. */
const json = (context: Context, report: Report): Response =>
  context.body(visibleText(JSON.stringify(report)), report.status === 'ok' ? 200 : 503, {
    'content-type': 'application/json',
  });

type Listener = (request: IncomingMessage, response: ServerResponse) => void;

const limitPipelining = (listener: Listener): Listener => {
  const inFlight = new WeakMap<Socket, number>();
  return (request, response) => {
    const { socket } = request;
    const others = inFlight.get(socket) ?? 0;
    if (others >= MOST_PIPELINED) {
      socket.destroy();
      return;
    }
    inFlight.set(socket, others + 1);
    response.once('close', () => inFlight.set(socket, (inFlight.get(socket) ?? 1) - 1));
    listener(request, response);
  };
};

/** Closes the oldest connection to make room. If new ones were refused, somebody who holds the others would lock the probes out. */
const limitConnections = (server: Server): void => {
  const open = new Set<Socket>();
  server.on('connection', (socket) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
    const [oldest] = open;
    if (open.size > MOST_CONNECTIONS) oldest?.destroy();
  });
};

const listen = (server: Server, host: string, port: number): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once('error', (cause) => reject(notListening(host, port, cause)));
    server.listen(port, host, resolve);
  });

const notListening = (host: string, port: number, cause: NodeJS.ErrnoException): Failure =>
  new Failure(
    'fatal',
    'HTTP_UNAVAILABLE',
    `listening on ${host}:${String(port)}: ${whyNotListening(port, cause)}`,
    { cause },
  );

const whyNotListening = (port: number, { code = '', message }: NodeJS.ErrnoException): string =>
  ({
    EADDRINUSE: `port ${String(port)} is in use: set HTTP_PORT to a free one`,
    EACCES: `no right to use port ${String(port)}: set HTTP_PORT to one above 1023`,
    EADDRNOTAVAIL: NO_SUCH_ADDRESS,
    ENOTFOUND: NO_SUCH_ADDRESS,
  })[code] ?? message;

const NO_SUCH_ADDRESS = 'this machine has no such address: set HTTP_HOST to one that it has, or to 0.0.0.0';
