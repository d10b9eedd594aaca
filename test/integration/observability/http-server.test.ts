import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import { expect } from 'chai';
import { describeFailure } from '../../../src/cli/frame/failure-text.ts';
import type { HealthReport } from '../../../src/observability/health.ts';
import { startHttpServer, type HttpServer } from '../../../src/observability/http-server.ts';
import { Failure } from '../../../src/processor/failure.ts';
import { until } from '../../support/condition.ts';

const OK: HealthReport = {
  status: 'ok',
  checks: [{ name: 'consumer', status: 'ok', detail: 'standing by' }],
};
const FAILING: HealthReport = {
  status: 'failing',
  checks: [{ name: 'database', status: 'failing', detail: 'away' }],
};

describe('The HTTP server', () => {
  let server: HttpServer;
  let ready: () => Promise<HealthReport>;
  let exposed: number;

  beforeEach(async () => {
    ready = () => Promise.resolve(OK);
    exposed = 0;
    server = await startHttpServer({
      host: '127.0.0.1',
      port: 0,
      live: () => Promise.resolve(OK),
      ready: () => ready(),
      status: () => Promise.resolve({ state: 'serving' }),
      exposition: () => {
        exposed += 1;
        return Promise.resolve({ contentType: 'text/plain; version=0.0.4', body: 'runclose_build_info 1\n' });
      },
    });
  });
  afterEach(() => server.close());

  /** All bytes that the server answers until the connection ends. */
  const say = async (bytes: string): Promise<string> => {
    const socket = connect(server.port, '127.0.0.1');
    socket.on('error', () => undefined);
    const chunks: string[] = [];
    socket.on('data', (chunk: Buffer) => chunks.push(chunk.toString()));
    const closed = new Promise((resolve) => socket.once('close', resolve));
    socket.write(bytes);
    await closed;
    return chunks.join('');
  };

  const statusesOf = (responses: string): number[] =>
    [...responses.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status));

  const get = (path: string, port = server.port): Promise<Response> =>
    fetch(`http://127.0.0.1:${port}${path}`);

  it('answers a probe with each check by name', async () => {
    const response = await get('/health/live');
    expect(response.status).to.equal(200);
    expect(await response.json()).to.deep.equal(OK);
  });

  it('answers /status with the JSON of the process', async () => {
    const response = await get('/status');
    expect([response.status, await response.json()]).to.deep.equal([200, { state: 'serving' }]);
  });

  it('answers 503 while a check fails', async () => {
    ready = () => Promise.resolve(FAILING);
    const response = await get('/health/ready');
    expect([response.status, await response.json()]).to.deep.equal([503, FAILING]);
  });

  it('answers 503, without details, when a check cannot be made', async () => {
    ready = () => Promise.reject(new Failure('transient', 'POSTGRES_UNAVAILABLE', 'asking db:5432'));
    const response = await get('/health/ready');
    expect(response.status).to.equal(503);
    expect(await response.json()).to.deep.equal({
      status: 'failing',
      checks: [{ name: 'probe', status: 'failing', detail: 'POSTGRES_UNAVAILABLE' }],
    });
  });

  it('exposes the metrics in the format that Prometheus asks for', async () => {
    const response = await get('/metrics');
    expect(response.headers.get('content-type')).to.equal('text/plain; version=0.0.4');
    expect(await response.text()).to.equal('runclose_build_info 1\n');
  });

  it('knows nothing else', async () => {
    expect((await get('/')).status).to.equal(404);
  });

  it('is fatal if the port is taken, and names the port', async () => {
    const live = () => Promise.resolve(OK);
    const second = startHttpServer({
      host: '127.0.0.1',
      port: server.port,
      live,
      ready: live,
      status: () => Promise.reject(new Error()),
      exposition: () => Promise.reject(new Error()),
    });
    const failure = await second.then(
      () => undefined,
      (error: unknown) => error as Failure,
    );
    expect([failure?.code, failure?.kind]).to.deep.equal(['HTTP_UNAVAILABLE', 'fatal']);
    expect(failure?.message)
      .to.include(`127.0.0.1:${server.port}`)
      .and.to.include(`port ${server.port} is in use: set HTTP_PORT to a free one`);
    expect(describeFailure(failure, {})).to.not.include('because');
  });

  it('is fatal if the address is not one of this machine, and says what to set', async () => {
    const live = () => Promise.resolve(OK);
    const exposition = () => Promise.reject(new Error());
    for (const host of ['192.0.2.1', 'nowhere.invalid']) {
      const failure = await startHttpServer({
        host,
        port: 0,
        live,
        ready: live,
        exposition,
        status: exposition,
      }).catch((error: unknown) => error as Failure);
      expect((failure as Failure).message).to.include('set HTTP_HOST');
    }
  });

  it('answers a probe that speaks HTTP/1.0 and names no host', async () => {
    const response = await say('GET /health/live HTTP/1.0\r\n\r\n');
    expect(response)
      .to.match(/^HTTP\/1\.1 200 /)
      .and.to.include('standing by');
  });

  it('runs expensive checks once a second, however many clients ask', async () => {
    let requests = 0;
    ready = async () => {
      requests += 1;
      await setImmediate();
      return FAILING;
    };
    const startedAt = performance.now();
    const answers = await Promise.all(Array.from({ length: 50 }, () => get('/health/ready')));
    expect(answers.map(({ status }) => status)).to.deep.equal(Array.from({ length: 50 }, () => 503));
    await Promise.all(Array.from({ length: 50 }, () => get('/metrics')));
    const seconds = Math.ceil((performance.now() - startedAt) / 1_000);
    expect(requests).to.be.within(1, seconds);
    expect(exposed).to.be.within(1, seconds);
  });

  it('answers four pipelined requests, and ends the connection if there are more', async () => {
    const request = 'GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n';
    const last = 'GET /health/live HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n';
    expect(statusesOf(await say(request.repeat(4) + last))).to.deep.equal([200, 200, 200, 200, 200]);
    expect(statusesOf(await say(request.repeat(100)))).to.have.length(5);
  });

  it('leaves thousands of pipelined requests unread, and answers other connections meanwhile', async () => {
    let takenApart = 0;
    const count = (): void => void (takenApart += 1);
    subscribe('http.server.request.start', count);
    const request = 'GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n';
    const floods = Promise.all(Array.from({ length: 30 }, () => say(request.repeat(2_000))));
    expect((await get('/health/live')).status).to.equal(200);
    expect((await floods).flatMap(statusesOf)).to.have.length(30 * 5);
    unsubscribe('http.server.request.start', count);
    expect(takenApart).to.equal(30 * 5 + 1);
  });

  it('does not count blank lines before a head as a request', async () => {
    const request = 'GET /health/live HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n';
    expect(statusesOf(await say(`\r\n\r\n\r\n\r\n${request}`))).to.deep.equal([200]);
  });

  it('counts a head that arrives in pieces as one request', async () => {
    const socket = connect(server.port, '127.0.0.1');
    const chunks: string[] = [];
    socket.on('data', (chunk: Buffer) => chunks.push(chunk.toString()));
    for (const byte of 'GET /health/live HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n') {
      socket.write(byte);
      await setImmediate();
    }
    await once(socket, 'close');
    expect(statusesOf(chunks.join(''))).to.deep.equal([200]);
  });

  it('refuses invalid requests without internal details', async () => {
    const host = 'Host: x\r\n';
    const refused: Readonly<Record<string, number>> = {
      'nonsense\r\n\r\n': 400,
      'GET /health/live HTTP/9.9\r\n\r\n': 400,
      'GET /health/live HTTP/1.1\r\n\r\n': 400,
      [`GET /health/live HTTP/1.1\r\n${host}A\u0000: b\r\n\r\n`]: 400,
      [`GET /health/live HTTP/1.1\r\n${host}A: ${'a'.repeat(9_000)}\r\n\r\n`]: 431,
      [`GET /${'a'.repeat(200_000)} HTTP/1.1\r\n${host}\r\n`]: 431,
      [`GET /..%2f..%2fetc/passwd HTTP/1.1\r\n${host}\r\n`]: 404,
      [`GET http://elsewhere/health/live HTTP/1.1\r\n${host}\r\n`]: 404,
      [`GET /constructor HTTP/1.1\r\n${host}\r\n`]: 404,
      [`POST /health/live HTTP/1.1\r\n${host}\r\n`]: 405,
      [`GET /health/live HTTP/1.1\r\n${host}Content-Length: 9\r\n\r\n`]: 413,
      [`GET /health/live HTTP/1.1\r\n${host}Transfer-Encoding: chunked\r\n\r\n`]: 413,
      [`GET /health/live HTTP/1.1\r\n${host}Content-Length: 9\r\nExpect: 100-continue\r\n\r\n`]: 413,
    };
    for (const [bytes, status] of Object.entries(refused)) {
      const response = await say(bytes);
      expect(statusesOf(response), bytes.slice(0, 60)).to.deep.equal([status]);
      expect(response).to.not.match(/node|error|\bat |\.[jt]s\b/i);
    }
  });

  it('forbids caching and accepts HEAD as well', async () => {
    const response = await say('HEAD /health/live HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
    expect(response)
      .to.match(/^HTTP\/1\.1 200 /)
      .and.include('cache-control: no-store')
      .and.match(/\r\n\r\n$/);
  });

  it('keeps a place for probes, however many connections somebody holds', async () => {
    const held: Socket[] = [];
    try {
      for (let more = 0; more < 300; more += 1) {
        const socket = connect(server.port, '127.0.0.1');
        held.push(socket);
        socket.on('error', () => undefined);
        await once(socket, 'connect');
      }
      await until('the oldest were ended', () => held.slice(0, 50).every(({ closed }) => closed));
      expect((await get('/health/live')).status).to.equal(200);
    } finally {
      for (const socket of held) socket.destroy();
    }
  });

  it('answers a probe while others keep connecting', async () => {
    const sockets: Socket[] = [];
    let flooding = true;
    const flood = async (): Promise<void> => {
      while (flooding) {
        const socket = connect(server.port, '127.0.0.1');
        sockets.push(socket);
        socket.on('error', () => undefined);
        await Promise.race([once(socket, 'connect'), once(socket, 'close')]);
      }
    };
    const floods = Array.from({ length: 50 }, flood);
    try {
      for (let probe = 0; probe < 10; probe += 1) {
        const response = await say('GET /health/ready HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
        expect(statusesOf(response)).to.deep.equal([200]);
      }
    } finally {
      flooding = false;
      await Promise.all(floods);
      for (const socket of sockets) socket.destroy();
    }
  });

  it('ends connections that say nothing, and requests that do not come to their end', async function () {
    const ended = Promise.all([say(''), say('GET /health/live HTTP/1.1\r\nHost: x\r\n')]);
    const drip = connect(server.port, '127.0.0.1');
    drip.on('error', () => undefined);
    drip.write('GET /health/live HTTP/1.1\r\n');
    const dripping = setInterval(() => drip.write('a: b\r\n'), 500);
    await ended;
    await until('the one that drips was ended', () => Promise.resolve(drip.closed), 20_000);
    clearInterval(dripping);
  });

  it('releases its port when it is closed', async () => {
    await get('/health/live');
    await server.close();
    const outcome = await get('/health/live').then(
      () => 'answered',
      () => 'refused',
    );
    expect(outcome).to.equal('refused');
    server = await startHttpServer({
      host: '127.0.0.1',
      port: 0,
      live: ready,
      ready,
      status: () => Promise.reject(new Error()),
      exposition: () => Promise.reject(new Error()),
    });
  });
});
