import { expect } from 'chai';
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { expectAllIsWell } from '../support/all-is-well.ts';
import { manyCommands } from '../support/commands.ts';
import { until } from '../support/condition.ts';
import { terminateSessions } from '../support/database-faults.ts';
import { createDeployment, type Deployment, type Serving } from '../support/deployment.ts';
import { refusedWith } from '../support/kafka-proxy/error-answer.ts';
import { startKafkaProxy, type KafkaProxy } from '../support/kafka-proxy/kafka-proxy.ts';
import { acceptLogins, LOGIN } from '../support/kafka-proxy/logins.ts';
import type { Api, KafkaRequest } from '../support/kafka-proxy/request.ts';
import type { Injected, Verdict } from '../support/proxy/faults.ts';
import { startTcpProxy, type TcpProxy } from '../support/proxy/tcp-proxy.ts';

/** What a client of Kafka asks before anything else, in this order. */
const OPENING: readonly Api[] = ['ApiVersions', 'SaslHandshake', 'SaslAuthenticate', 'Metadata'];
const FROM_THERE_ON = (first: Api) => {
  const before = OPENING.slice(0, OPENING.indexOf(first));
  return ({ api }: KafkaRequest): boolean => !before.includes(api);
};

/** Longer than the client's own retries, and than the breaker needs to open. */
const OUTAGE_MS = 8_000;
const HEALED_WITHIN_MS = 60_000;
const PORTION = 20;

describe('a connection that ends before it is open', function () {
  this.timeout(180_000);
  let deployment: Deployment;
  let kafka: KafkaProxy;
  let postgres: TcpProxy;
  let databaseUrl: string;
  /** What becomes of the first bytes of a connection to Postgres. */
  let greeting: ((client: Socket) => void) | null = null;
  let serving: Serving;
  let exited: number | null | undefined;
  let published = 0;
  let logins: readonly Injected[];

  before(async () => {
    deployment = await createDeployment(2);
    kafka = await startKafkaProxy(deployment.brokers);
    logins = acceptLogins(kafka);
    const url = new URL(deployment.database.settings.url);
    postgres = await startTcpProxy(
      { host: url.hostname, port: Number(url.port || 5432) },
      {
        carry: (client, server) => {
          client.on('data', (chunk) => {
            if (greeting === null) server.write(chunk);
            else greeting(client);
          });
          server.on('data', (chunk) => client.write(chunk));
          client.once('close', () => server.destroy());
          server.once('close', () => client.destroy());
        },
      },
    );
    [url.hostname, url.port] = ['127.0.0.1', String(postgres.port)];
    databaseUrl = url.href;
  });
  after(async () => {
    await deployment.remove();
    await Promise.all([kafka.close(), postgres.close()]);
  });

  const env = (): Record<string, string> => ({
    KAFKA_BROKERS: kafka.brokers,
    DATABASE_URL: databaseUrl,
    ...LOGIN,
  });
  const serve = async (): Promise<void> => {
    serving = await deployment.serve(env());
    exited = undefined;
    void serving.exited.then((code) => (exited = code));
  };
  const publish = async (): Promise<void> => {
    await deployment.publish(...manyCommands(PORTION, published));
    published += PORTION;
  };

  /** The login's own answers come after a fault, as the first that fits counts. */
  const inject = (when: (request: KafkaRequest) => boolean, verdict: Verdict): Injected => {
    for (const login of logins) login.remove();
    const fault = kafka.inject({ when, question: () => verdict });
    logins = acceptLogins(kafka);
    return fault;
  };

  for (const api of OPENING) {
    it(`is waited for at the start: ${api}`, async () => {
      const fault = inject((request) => request.api === api, 'cut');
      const starting = serve();
      await until('some connections were cut', () => fault.fired() >= 3);
      fault.remove();
      await starting;
      await publish();
      await deployment.settled();
      serving.signal('SIGTERM');
      expect(await serving.exited).to.equal(0);
    });
  }

  describe('while it serves', () => {
    before(serve);

    for (const api of OPENING) {
      it(`is waited for: Kafka's ${api}`, async () => {
        const fault = inject(FROM_THERE_ON(api), 'cut');
        await publish();
        await sleep(OUTAGE_MS);
        expect(fault.fired(), 'connections cut').to.be.greaterThan(1);
        const live = await fetch(`http://127.0.0.1:${String(serving.httpPort)}/health/live`);
        fault.remove();
        expect([exited, live.status], 'exit code, and health').to.deep.equal([undefined, 200]);
        await deployment.settled(HEALED_WITHIN_MS);
      });
    }

    it('is waited for: a login that Kafka refuses, as long as a password is being changed', async () => {
      const fault = kafka.inject({ when: FROM_THERE_ON('Metadata'), question: () => 'cut' });
      for (const login of logins) login.remove();
      const refused = kafka.inject({
        when: ({ api }) => api === 'SaslAuthenticate',
        ...refusedWith('SASL_AUTHENTICATION_FAILED'),
      });
      logins = acceptLogins(kafka);
      await publish();
      await sleep(OUTAGE_MS);
      fault.remove();
      refused.remove();
      expect(refused.fired(), 'logins refused').to.be.greaterThan(1);
      expect(exited, 'exit code').to.equal(undefined);
      await deployment.settled(HEALED_WITHIN_MS);
    });

    it("is waited for: Postgres' start-up, closed without a word or answered with nonsense", async () => {
      for (const say of ['', 'E', '\0\0\0']) {
        greeting = (client) => client.end(say);
        expect(await terminateSessions(deployment.database, 'true'), 'sessions ended').to.be.greaterThan(0);
        await publish();
        await sleep(OUTAGE_MS / 2);
        expect(exited, 'exit code').to.equal(undefined);
        greeting = null;
        await deployment.settled(HEALED_WITHIN_MS);
      }
    });

    it('loses and doubles nothing', () => expectAllIsWell(deployment));
  });

  describe('is not the same as a refusal, which ends a start at once', () => {
    /** What the process has ended with, and said. */
    const endOfServe = async (): Promise<readonly [code: number | null | undefined, said: string]> => {
      try {
        const { exited: end, log } = await deployment.serve(env());
        const code = await end;
        return [code, JSON.stringify(log)];
      } catch (thrown) {
        const said = String(thrown);
        return [Number(/ended with (\d+)/.exec(said)?.[1]), said];
      }
    };

    before(async () => {
      serving.signal('SIGTERM');
      await serving.exited;
    });

    it('a wrong password: 78', async () => {
      for (const login of logins) login.remove();
      const refused = kafka.inject({
        when: ({ api }) => api === 'SaslAuthenticate',
        ...refusedWith('SASL_AUTHENTICATION_FAILED'),
      });
      logins = acceptLogins(kafka);
      const [code, said] = await endOfServe();
      refused.remove();
      expect(code, said).to.equal(78);
    });

    for (const [error, type, what, hint] of [
      ['GROUP_AUTHORIZATION_FAILED', 0, 'group', 'needs READ on group '],
      [
        'TRANSACTIONAL_ID_AUTHORIZATION_FAILED',
        1,
        'transactional id',
        'needs WRITE on transactional ids that begin with ',
      ],
    ] as const) {
      it(`no right to the ${what}: 78, and it is named`, async () => {
        const refused = kafka.inject({
          when: ({ api, body }) => api === 'FindCoordinator' && body.at(-1) === type,
          ...refusedWith(error),
        });
        await publish();
        const [code, said] = await endOfServe();
        refused.remove();
        expect(code, said).to.equal(78);
        expect(said).to.include(hint);
      });
    }
  });
});
