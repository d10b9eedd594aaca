import { expect } from 'chai';
import sinon from 'sinon';
import { createTokenSource, type TokenSource } from '../../../src/credentials/token-endpoint.ts';
import { failureOf, type Failure } from '../../../src/processor/failure.ts';
import { startTokenServer, type TokenReply, type TokenServer } from '../../support/token-server.ts';

const NAMES = { url: 'URL', clientId: 'CLIENT_ID', clientSecret: 'CLIENT_SECRET', scope: 'SCOPE' };

describe('Tokens by OAuth’s client credentials', () => {
  let server: TokenServer;
  let given: number;

  beforeEach(async () => {
    server = await startTokenServer();
    given = 0;
    server.reply(() => {
      given += 1;
      return { status: 200, body: { access_token: `token ${String(given)}`, expires_in: 100 } };
    });
  });
  afterEach(() => server.close());

  const source = (clientSecret: string | (() => string) = 's&cret ü'): TokenSource =>
    createTokenSource({ url: server.url, clientId: 'run:close', clientSecret, scope: 'kafka' }, NAMES);

  const failure = (tokens = source()): Promise<Failure> =>
    tokens.token().then(() => expect.fail('a token was given'), failureOf);

  it('are requested with the client’s credentials and the scope', async () => {
    expect(await source().token()).to.equal('token 1');
    const [request] = server.requests;
    expect(request?.form).to.deep.equal({ grant_type: 'client_credentials', scope: 'kafka' });
    const [, basic = ''] = request?.authorization.split(' ') ?? [];
    expect(Buffer.from(basic, 'base64').toString()).to.equal('run%3Aclose:s%26cret+%C3%BC');
  });

  it('serve all connections until shortly before they expire', async () => {
    const clock = sinon.stub(performance, 'now').returns(0);
    try {
      const tokens = source();
      expect(await Promise.all([tokens.token(), tokens.token()])).to.deep.equal(['token 1', 'token 1']);
      clock.returns(79_000);
      expect(await tokens.token()).to.equal('token 1');
      clock.returns(81_000);
      expect(await tokens.token()).to.equal('token 2');
    } finally {
      clock.restore();
    }
  });

  it('are requested again after a broker refused one', async () => {
    const tokens = source();
    await tokens.token();
    tokens.forget();
    expect(await tokens.token()).to.equal('token 2');
  });

  it('are requested with the current secret', async () => {
    const secrets = ['old', 'new'];
    const tokens = source(() => secrets.shift() ?? '');
    for (const secret of ['old', 'new']) {
      await tokens.token();
      tokens.forget();
      const [, basic = ''] = server.requests.at(-1)?.authorization.split(' ') ?? [];
      expect(Buffer.from(basic, 'base64').toString()).to.equal(`run%3Aclose:${secret}`);
    }
  });

  const refusals: readonly (readonly [status: number, error: string, advice: string])[] = [
    [401, 'invalid_client', 'check CLIENT_ID and CLIENT_SECRET'],
    [400, 'invalid_client', 'check CLIENT_ID and CLIENT_SECRET'],
    [400, 'invalid_scope', 'check SCOPE'],
    [400, 'unauthorized_client', 'allow the client credentials grant for the client that CLIENT_ID names'],
  ];
  for (const [status, error, advice] of refusals) {
    it(`are refused for good, and the setting is named: ${String(status)} ${error}`, async () => {
      server.reply({ status, body: { error, error_description: 's&cret ü is wrong' } });
      const refused = await failure();
      expect(refused).to.include({ code: 'OAUTH_REFUSED', isLoginRefused: true });
      expect(refused.message)
        .to.include(`${String(status)} ${error}; ${advice}`)
        .and.not.include('cret ü');
    });
  }

  const outages: readonly (readonly [what: string, reply: TokenReply])[] = [
    ['is away', 'cut'],
    ['fails', { status: 503, body: '<html>Sorry</html>' }],
    ['is another page', { status: 404, body: '<html>Where?</html>' }],
    ['answers with another page', { status: 200, body: '<html>Log in</html>' }],
    ['gives no token', { status: 200, body: {} }],
    ['gives one that would end a header', { status: 200, body: { access_token: 'a\u0001b\n' } }],
    ['has been asked too often', { status: 429, body: { error: 'slow_down' } }],
    ['says more than any endpoint', { status: 200, body: ' '.repeat(17 * 1_048_576) }],
  ];
  for (const [title, reply] of outages) {
    it(`are waited for while the endpoint ${title}`, async () => {
      const tokens = source();
      server.reply(reply);
      const outage = await failure(tokens);
      expect(outage).to.include({ kind: 'transient', code: 'OAUTH_UNAVAILABLE', isLoginRefused: false });
      expect(outage.message).to.include('check URL');
      server.reply({ status: 200, body: { access_token: 'healed', expires_in: '100' } });
      expect(await tokens.token()).to.equal('healed');
    });
  }
});
