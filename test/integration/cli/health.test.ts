import { createServer } from 'node:http';
import { createServer as createTcpServer, type AddressInfo } from 'node:net';
import { expect } from 'chai';
import type { HealthReport } from '../../../src/observability/health.ts';
import { startHttpServer, type HttpServer } from '../../../src/observability/http-server.ts';
import { runcloseHere } from '../../support/command-line.ts';
import { jsonLines } from '../../support/json-lines.ts';

const LIVE: HealthReport = {
  status: 'ok',
  checks: [{ name: 'progress', status: 'ok', detail: 'nothing to do' }],
};
const READY: HealthReport = {
  status: 'ok',
  checks: [{ name: 'consumer', status: 'ok', detail: 'standing by' }],
};
const AWAY: HealthReport = {
  status: 'failing',
  checks: [{ name: 'database', status: 'failing', detail: 'POSTGRES_UNAVAILABLE' }],
};

describe('runclose health', () => {
  let server: HttpServer;
  let readiness: HealthReport;

  beforeEach(async () => {
    server = await startHttpServer({
      host: '0.0.0.0',
      port: 0,
      live: () => Promise.resolve(LIVE),
      ready: () => Promise.resolve(readiness),
      status: () => Promise.resolve({}),
      exposition: () => Promise.resolve({ contentType: 'text/plain', body: '' }),
    });
  });
  afterEach(() => server.close());

  const ask = (args: readonly string[] = [], env: Record<string, string> = {}) =>
    runcloseHere(['health', ...args], { env: { HTTP_PORT: String(server.port), ...env } });

  it('ends with 0 if the serve at these settings is ready', async () => {
    readiness = READY;
    const { exitCode, stdout } = await ask();
    expect([exitCode, stdout]).to.deep.equal([0, 'ok       consumer: standing by\n']);
  });

  it('ends with 1 and the reason if it is not', async () => {
    readiness = AWAY;
    const { exitCode, stdout } = await ask(['--json']);
    expect(exitCode).to.equal(1);
    expect(jsonLines(stdout)).to.deep.equal([{ probe: 'ready', ...AWAY }]);
  });

  it('checks that it is alive with --live', async () => {
    const { exitCode, stdout } = await ask(['--live']);
    expect([exitCode, stdout]).to.deep.equal([0, 'ok       progress: nothing to do\n']);
  });

  it('ends with 1 if no process listens, or another program does', async () => {
    const others = [
      createServer((_, response) => response.end('<h1>It works!</h1>')),
      createTcpServer((socket) =>
        socket
          .on('error', () => undefined)
          .resume()
          .end('SSH-2.0-other\r\n'),
      ),
      // Postgres closes a connection that does not speak its protocol, without a word.
      createTcpServer((socket) => socket.on('error', () => undefined).once('data', () => socket.destroy())),
    ];
    for (const other of others) {
      await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
      const port = String((other.address() as AddressInfo).port);
      const found = await ask([], { HTTP_PORT: port });
      await new Promise((resolve) => other.close(resolve));
      expect([found.exitCode, found.stdout]).to.deep.equal([
        1,
        `failing  http: 127.0.0.1:${port}: the answer is not from RunClose; check HTTP_PORT\n`,
      ]);
    }
    const { exitCode, stdout } = await ask([], { HTTP_PORT: '1' });
    expect(exitCode).to.equal(1);
    expect(stdout).to.include('127.0.0.1:1: no process listens; start `runclose serve`');
  });

  it('needs a known port', async () => {
    const { exitCode, stderr } = await ask([], { HTTP_PORT: '0' });
    expect(exitCode).to.equal(78);
    expect(stderr).to.include('HTTP_PORT is 0, so the port is known only from the log of `serve`');
  });
});
