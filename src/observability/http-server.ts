/**
 * `GET /health/live`, `/health/ready` and `/metrics`. A probe answers 200 or 503 with a JSON body that names each check; a fact
 * that cannot be had makes it 503, never silence.
 */
import { createServer, type Server } from 'node:http';
import { getRequestListener } from '@hono/node-server';
import { Hono, type Context } from 'hono';
import { failureOf, Failure } from '../processor/failure.ts';
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

/** Resolves when it listens; rejects with the fatal failure `HTTP_UNAVAILABLE` where it cannot. */
export const startHttpServer = async ({
  host,
  port,
  live,
  ready,
  exposition,
}: HttpServerDeps): Promise<HttpServer> => {
  const app = new Hono();
  app.get('/health/live', async (context) => answer(context, live));
  app.get('/health/ready', async (context) => answer(context, ready));
  app.get('/metrics', async (context) => {
    const { contentType, body } = await exposition();
    return context.body(body, 200, { 'content-type': contentType });
  });

  const listener = getRequestListener(app.fetch);
  const server = createServer((request, response) => void listener(request, response));
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
    return context.json(health, health.status === 'ok' ? 200 : 503);
  } catch (thrown) {
    const { code } = failureOf(thrown);
    return context.json(
      { status: 'failing', checks: [{ name: 'probe', status: 'failing', detail: code }] },
      503,
    );
  }
};

const listen = (server: Server, host: string, port: number): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once('error', (cause) =>
      reject(
        new Failure('fatal', 'HTTP_UNAVAILABLE', `listening on ${host}:${String(port)}: ${cause.message}`, {
          cause,
        }),
      ),
    );
    server.listen(port, host, resolve);
  });
