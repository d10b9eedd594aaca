import { execFileSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { request } from 'node:https';
import { expect } from 'chai';
import pg from 'pg';
import { createAuthority } from '../../../scripts/stack/certificates/authority.ts';
import { ACCOUNTS } from '../../../scripts/stack/secured/secrets.ts';
import { createKafka, type KafkaSettings } from '../../../src/kafka/client/client.ts';
import { findSecuredStack, type SecuredStack } from '../../support/secured-stack.ts';

describe('The secured stack', () => {
  let stack: SecuredStack;
  let ca: string;
  before(() => {
    stack = findSecuredStack();
    ca = readFileSync(stack.secrets.caFile, 'utf8');
  });

  const refusal = (work: Promise<unknown>): Promise<string> =>
    work.then(
      () => 'let in',
      (error: unknown) => String(error),
    );

  const visitKafka = async (broker: string, settings: Omit<KafkaSettings, 'brokers' | 'clientId'>) => {
    const admin = createKafka({ brokers: [broker], clientId: 'runclose-test', ...settings }).admin({
      retry: { retries: 0 },
    });
    try {
      await admin.connect();
      await admin.listTopics();
    } finally {
      await admin.disconnect();
    }
  };

  const ask = (method: string, path: string, auth?: string): Promise<number | undefined> =>
    new Promise((resolve, reject) => {
      const url = `${stack.addresses.registry}${path}`;
      request(url, { ca, method, agent: false, ...(auth === undefined ? {} : { auth }) }, (response) => {
        response.resume().once('end', () => {
          resolve(response.statusCode);
        });
      })
        .on('error', reject)
        .end(method === 'GET' ? undefined : '{}');
    });

  it('lets only the owner read keys and passwords', () => {
    for (const account of ACCOUNTS)
      for (const file of [stack.secrets.keyFile(account), stack.secrets.passwordFile(account, 'kafka')])
        expect(statSync(file).mode & 0o077, file).to.equal(0);
  });

  it('has settings that a shell can read', () => {
    const { secrets } = stack;
    const [folder = ''] = secrets.caFile.split('/secrets/');
    const shown = execFileSync(
      '/bin/sh',
      ['-c', '. "$1"; echo "$KAFKA_SASL_USERNAME"', 'sh', `${folder}/operator.env`],
      {
        encoding: 'utf8',
      },
    );
    expect(shown).to.equal('operator\n');
    expect(statSync(`${folder}/operator.env`).mode & 0o077).to.equal(0);
  });

  it('accepts only clients of Kafka with TLS and a password or a certificate', async () => {
    const { kafka } = stack.addresses;
    const sasl = {
      mechanism: 'scram-sha-512',
      username: 'operator',
      password: stack.secrets.password('operator', 'kafka'),
    } as const;
    const stranger = createAuthority('Somebody else').issue({ commonName: 'admin' });
    expect(await refusal(visitKafka(kafka.byPassword, { ssl: { ca }, sasl }))).to.equal('let in');
    expect(await refusal(visitKafka(kafka.byPassword, {}))).not.to.equal('let in');
    expect(await refusal(visitKafka(kafka.byPassword, { ssl: { ca } }))).not.to.equal('let in');
    expect(await refusal(visitKafka(kafka.byCertificate, { ssl: { ca } }))).not.to.equal('let in');
    expect(
      await refusal(
        visitKafka(kafka.byCertificate, {
          ssl: { ca, cert: stranger.certificate, key: stranger.key },
        }),
      ),
    ).not.to.equal('let in');
  });

  it('accepts only clients of PostgreSQL with TLS', async () => {
    const [host = '', port] = stack.addresses.postgres.split(':');
    const client = new pg.Client({
      host,
      port: Number(port),
      user: 'operator',
      password: stack.secrets.password('operator', 'database'),
      database: 'runclose',
    });
    expect(await refusal(client.connect())).to.include('no encryption');
  });

  it('lets readers of the registry look up schemas, and only owners register them', async () => {
    const password = (of: 'operator' | 'owner'): string => `${of}:${stack.secrets.password(of, 'registry')}`;
    expect(await ask('GET', '/subjects')).to.equal(401);
    expect(await ask('GET', '/subjects', 'operator:wrong')).to.equal(401);
    expect(await ask('GET', '/subjects', password('operator'))).to.equal(200);
    expect(await ask('POST', '/subjects/nothing-value/versions', password('operator'))).to.equal(403);
    expect(await ask('PUT', '/config/nothing-value', password('operator'))).to.equal(403);
    // A look-up without a schema is wrong, but not forbidden.
    expect(await ask('POST', '/subjects/nothing-value', password('operator'))).to.be.within(404, 422);
    expect(await ask('PUT', '/config/nothing-value', password('owner'))).to.be.within(404, 422);
  });
});
