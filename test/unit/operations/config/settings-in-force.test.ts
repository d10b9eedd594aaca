import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { settingsInForce } from '../../../../src/operations/config/settings-in-force.ts';
import { runcloseHere } from '../../../support/command-line.ts';

const SERVERS = {
  KAFKA_BROKERS: 'one:9092',
  SCHEMA_REGISTRY_URL: 'http://registry:8081',
  DATABASE_URL: 'postgres://app:MARK1@db:5432/runclose?password=MARK2',
};

describe('The settings in force', () => {
  let folder: string;
  before(() => (folder = mkdtempSync(join(tmpdir(), 'runclose-config-'))));
  after(() => rmSync(folder, { recursive: true }));

  const inForce = (env: Record<string, string>, fromStack: readonly string[] = []) => {
    const { settings, problems } = settingsInForce({ env, fromStack });
    return { problems, of: (name: string) => settings.find(({ variable }) => variable === name) };
  };

  it('tell the value and whether it comes from the environment, a file, the stack or a default', () => {
    const file = join(folder, 'password');
    writeFileSync(file, 'MARK3');
    const { of, problems } = inForce(
      {
        ...SERVERS,
        KAFKA_SASL_MECHANISM: 'plain',
        KAFKA_SASL_USERNAME: 'app',
        KAFKA_SASL_PASSWORD_FILE: file,
      },
      ['KAFKA_BROKERS'],
    );
    expect(problems).to.deep.equal([]);
    const told = ['KAFKA_BROKERS', 'KAFKA_SASL_MECHANISM', 'KAFKA_SASL_PASSWORD', 'HTTP_PORT', 'KAFKA_SSL'];
    expect(told.map(of).map((setting) => [setting?.value, setting?.from, setting?.file])).to.deep.equal([
      ['one:9092', '.stack/env', null],
      ['plain', 'environment', null],
      [null, 'file', file],
      ['8080', 'default', null],
      [null, 'unset', null],
    ]);
  });

  it('tell which database it is, without user and password', () => {
    expect(inForce(SERVERS).of('DATABASE_URL')?.value).to.equal('postgres://db:5432/runclose');
  });

  it('show no secret, even in the wrong place', async () => {
    const env = {
      ...SERVERS,
      KAFKA_BROKERS: 'MARK4@one',
      KAFKA_SSL_KEY: 'MARK5',
      KAFKA_SASL_USERNAME: 'MARK6',
      KAFKA_SASL_PASSWORD_FILE: 'MARK7',
      SCHEMA_REGISTRY_URL: 'http://app:MARK8@registry',
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://app:MARK9@collector:4318',
    };
    for (const args of [['config'], ['config', '--json']]) {
      const { exitCode, stdout, stderr } = await runcloseHere(args, { env });
      expect(exitCode).to.equal(78);
      expect(stdout + stderr).to.not.include('MARK');
      for (const name of ['KAFKA_BROKERS', 'KAFKA_SSL_KEY', 'SCHEMA_REGISTRY_URL'])
        expect(stderr).to.include(`  ${name} `);
    }
  });
});
