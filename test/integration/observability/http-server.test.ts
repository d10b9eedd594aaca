import { expect } from 'chai';
import { Failure } from '../../../src/processor/failure.ts';
import type { HealthReport } from '../../../src/observability/health.ts';
import { startHttpServer, type HttpServer } from '../../../src/observability/http-server.ts';

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

  beforeEach(async () => {
    ready = () => Promise.resolve(OK);
    server = await startHttpServer({
      host: '127.0.0.1',
      port: 0,
      live: () => Promise.resolve(OK),
      ready: () => ready(),
      exposition: () =>
        Promise.resolve({ contentType: 'text/plain; version=0.0.4', body: 'runclose_build_info 1\n' }),
    });
  });
  afterEach(() => server.close());

  const get = (path: string, port = server.port): Promise<Response> =>
    fetch(`http://127.0.0.1:${port}${path}`);

  it('answers a probe with each check by name', async () => {
    const response = await get('/health/live');
    expect(response.status).to.equal(200);
    expect(await response.json()).to.deep.equal(OK);
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

  it('is fatal where the port is taken, and says which', async () => {
    const live = () => Promise.resolve(OK);
    const second = startHttpServer({
      host: '127.0.0.1',
      port: server.port,
      live,
      ready: live,
      exposition: () => Promise.reject(new Error()),
    });
    const failure = await second.then(
      () => undefined,
      (error: unknown) => error as Failure,
    );
    expect([failure?.code, failure?.kind]).to.deep.equal(['HTTP_UNAVAILABLE', 'fatal']);
    expect(failure?.message).to.include(`127.0.0.1:${server.port}`);
  });

  it('lets go of its port when closed', async () => {
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
      exposition: () => Promise.reject(new Error()),
    });
  });
});
