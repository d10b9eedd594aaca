import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { createRegistryHttp, type RegistryCall } from '../../../src/avro/registry-http.ts';
import { createSchemaRegistry } from '../../../src/avro/schema-registry.ts';
import { failureOf, type Failure } from '../../../src/processor/failure.ts';

const CALL: RegistryCall = { doing: 'asking for something', method: 'GET', path: ['subjects', 'a/b c'] };

describe('A request to the schema registry', () => {
  let server: Server;
  let url: string;
  let respond: RequestListener;
  let requests: IncomingMessage[];

  beforeEach(async () => {
    requests = [];
    server = createServer((request, response) => {
      requests.push(request);
      respond(request, response);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/api/`;
  });

  afterEach(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  const answer =
    (status: number, body: unknown): RequestListener =>
    (_request, response) => {
      response.writeHead(status).end(typeof body === 'string' ? body : JSON.stringify(body));
    };

  const failure = (attempt: Promise<unknown>): Promise<Failure> =>
    attempt.then(() => expect.fail('it was answered'), failureOf);

  it('goes below the base path, every part of its own path escaped, with the credentials', async () => {
    respond = answer(200, { id: 1 });
    const http = createRegistryHttp({ url, username: 'Ünal', password: 'a:b' });
    expect(await http(CALL)).to.deep.equal({ status: 200, body: { id: 1 } });
    expect(requests[0]?.url).to.equal('/api/subjects/a%2Fb%20c');
    expect(requests[0]?.headers.authorization).to.equal(
      `Basic ${Buffer.from('Ünal:a:b').toString('base64')}`,
    );
  });

  it('presents a token that is renewed in its place', async () => {
    respond = answer(200, {});
    const tokens = ['old', 'new'];
    const http = createRegistryHttp({ url, token: () => Promise.resolve(`${tokens.shift() ?? ''}\n`) });
    await http(CALL);
    await http(CALL);
    expect(requests.map(({ headers }) => headers.authorization)).to.deep.equal(['Bearer old', 'Bearer new']);
  });

  it('is waited for while a secret cannot be read', async () => {
    respond = answer(200, {});
    const password = (): never => {
      throw new Error('Vault is sealed');
    };
    expect(await failure(createRegistryHttp({ url, username: 'app', password })(CALL))).to.include({
      kind: 'transient',
      message: 'SCHEMA_REGISTRY_PASSWORD: its function failed',
    });
  });

  it('tries several addresses in turn, and stays with the one that answers', async () => {
    const asked: string[] = [];
    respond = (request, response) => {
      asked.push(request.url ?? '');
      response.writeHead(request.url?.startsWith('/broken') === true ? 503 : 200).end('{}');
    };
    const { origin } = new URL(url);
    const http = createRegistryHttp({ url: `http://127.0.0.1:1,${origin}/broken,${origin}/well` });
    expect((await http(CALL)).status).to.equal(200);
    await http(CALL);
    const [broken, well] = ['/broken/subjects/a%2Fb%20c', '/well/subjects/a%2Fb%20c'];
    expect(asked).to.deep.equal([broken, well, well]);
    respond = answer(503, {});
    expect((await http(CALL)).status, 'of the last').to.equal(503);
    respond = answer(401, {});
    expect((await http(CALL)).status, 'an answer is an answer').to.equal(401);
  });

  it('does not stay with an address that another server answers', async () => {
    const { origin } = new URL(url);
    const replies: [number, string][] = [
      [404, '<html>Not found</html>'],
      [404, '{"error":"no such path"}'],
      [404, '{"error_code":404}'],
      [404, 'null'],
      [200, '<html>Welcome</html>'],
      [301, ''],
    ];
    for (const [status, body] of replies) {
      respond = (request, response) => {
        const isWrong = request.url?.startsWith('/wrong') === true;
        response.writeHead(isWrong ? status : 200).end(isWrong ? body : '{}');
      };
      const http = createRegistryHttp({ url: `${origin}/wrong,${origin}/well` });
      expect(await http(CALL), body).to.deep.equal({ status: 200, body: {} });
    }
  });

  it('accepts "not found" only if no other reachable address has the schema', async () => {
    const { origin } = new URL(url);
    respond = (request, response) => {
      const isBehind = request.url?.startsWith('/behind') === true;
      answer(isBehind ? 404 : 200, isBehind ? { error_code: 40403 } : { id: 1 })(request, response);
    };
    const http = createRegistryHttp({ url: `${origin}/behind,http://127.0.0.1:1,${origin}/ahead` });
    expect((await http(CALL)).status).to.equal(200);
    respond = answer(404, { error_code: 40403 });
    expect((await http(CALL)).status, 'none knows it').to.equal(404);
  });

  it('fails if the answer does not end, before it fills the memory', async () => {
    const chunk = Buffer.alloc(1_048_576, ' ');
    respond = (_request, response) => {
      const write = (): void => {
        while (response.write(chunk));
      };
      response.on('drain', write);
      write();
    };
    expect((await failure(createRegistryHttp({ url }, 30_000)(CALL))).message).to.include('more than');
  });

  it('fails in time when the answer, or its end, does not come', async () => {
    const silences: RequestListener[] = [
      () => undefined,
      (_request, response) => response.writeHead(200).write('{'),
    ];
    for (respond of silences) {
      expect(await failure(createRegistryHttp({ url }, 50)(CALL))).to.include({
        kind: 'transient',
        code: 'REGISTRY_UNAVAILABLE',
        message: 'schema registry: asking for something: no answer within 50 ms',
      });
    }
  });

  it('fails when the answer is not JSON, breaks off, or nobody listens', async () => {
    respond = answer(502, '<html>Bad gateway</html>');
    expect((await failure(createRegistryHttp({ url })(CALL))).message).to.include('not JSON');
    respond = answer(401, '<html>Who are you?</html>');
    expect((await failure(createRegistryHttp({ url })(CALL))).message)
      .to.include('the answer is 401')
      .and.include('SCHEMA_REGISTRY_PASSWORD');
    expect(await failure(createRegistryHttp({ url })(CALL))).to.include({ isLoginRefused: true });
    respond = (_request, response) => {
      response.writeHead(200, { 'content-length': 10 }).write('{');
      response.destroy();
    };
    expect((await failure(createRegistryHttp({ url })(CALL))).code).to.equal('REGISTRY_UNAVAILABLE');
    const nobody = createRegistryHttp({ url: 'http://localhost:1', username: 'me', password: 'secret' });
    expect((await failure(nobody(CALL))).message)
      .to.include('ECONNREFUSED')
      .and.not.include('secret');
  });

  it('names the path of the address if something answers there that is no registry', async () => {
    const registry = createSchemaRegistry({ url });
    for (const body of [{ error_code: 404, message: 'Could not find resource' }, '<html>Not found</html>']) {
      respond = answer(404, body);
      const error = await failure(registry.versions('run.closed-value'));
      expect(error).to.include({ code: 'REGISTRY_UNAVAILABLE', isLoginRefused: false });
      expect(error.message).to.include('check the path of SCHEMA_REGISTRY_URL');
    }
    respond = answer(404, { error_code: 40402, message: 'Version not found' });
    expect((await failure(registry.version('run.closed-value', 9))).message).to.not.include('path');
  });

  it('means an unknown schema id only by 404 with error code 40403', async () => {
    const registry = createSchemaRegistry({ url });
    respond = answer(404, { error_code: 40403, message: 'Schema not found' });
    expect(await registry.schema(7)).to.equal(null);
    const outages: [number, unknown][] = [
      [404, { error_code: 404, message: 'HTTP 404 Not Found' }],
      [404, { error_code: 40401, message: 'Subject not found' }],
      [404, 'null'],
      [500, { error_code: 50001, message: 'Error in the backend data store' }],
      [500, { error_code: 40403, message: 'no' }],
      [401, { error_code: 401, message: 'Unauthorized' }],
      [200, { error_code: 40403 }],
      [200, 'null'],
    ];
    for (const [status, body] of outages) {
      respond = answer(status, body);
      const error = await failure(registry.schema(7));
      expect(error, JSON.stringify([status, body])).to.include({
        kind: 'transient',
        code: 'REGISTRY_UNAVAILABLE',
      });
      expect(error.message).to.include(`asking for schema id 7: the answer is ${String(status)}`);
    }
  });
});
