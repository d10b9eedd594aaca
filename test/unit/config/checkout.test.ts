import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { isAtStack, withCheckoutDefaults } from '../../../src/config/checkout.ts';

describe('The environment in a checkout', () => {
  let folder: string;
  before(() => (folder = mkdtempSync(join(tmpdir(), 'runclose-checkout-'))));
  after(() => rmSync(folder, { recursive: true }));

  it('takes only unset variables from the development stack, and names them', () => {
    const stack = join(folder, 'env');
    writeFileSync(
      stack,
      'KAFKA_BROKERS=127.0.0.1:9092\nDATABASE_URL=postgres://stack\nSCHEMA_REGISTRY_URL=http://stack\n' +
        // Names a file of the secured stack, and is no setting.
        'STACK_SECURED_OWNER=/stack/owner.env\n',
    );
    const variables = withCheckoutDefaults(
      { KAFKA_BROKERS: 'mine:9092', DATABASE_URL_FILE: '/run/secrets/url', SCHEMA_REGISTRY_URL: '' },
      stack,
    );
    expect(variables).to.deep.equal({
      env: {
        KAFKA_BROKERS: 'mine:9092',
        DATABASE_URL_FILE: '/run/secrets/url',
        SCHEMA_REGISTRY_URL: 'http://stack',
      },
      fromStack: ['SCHEMA_REGISTRY_URL'],
    });
  });

  it('is at the stack with addresses from .stack/env, or with the same ones, and with no others', () => {
    const stack = join(folder, 'env');
    writeFileSync(stack, 'KAFKA_BROKERS=127.0.0.1:9092\nDATABASE_URL=postgres://ana:pw@127.0.0.1:5432/one\n');
    const at = (variable: string, env: Record<string, string>): boolean => isAtStack(variable, env, stack);
    expect(at('KAFKA_BROKERS', {})).to.equal(true);
    expect(at('KAFKA_BROKERS', { KAFKA_BROKERS: 'other:9092, 127.0.0.1:9092' })).to.equal(true);
    expect(at('DATABASE_URL', { DATABASE_URL: 'postgres://bo@127.0.0.1:5432/two?sslmode=disable' })).to.equal(
      true,
    );
    expect(at('KAFKA_BROKERS', { KAFKA_BROKERS: 'nosuchhost:9092' })).to.equal(false);
    expect(at('DATABASE_URL', { DATABASE_URL: 'postgres://ana:pw@127.0.0.1:5433/one' })).to.equal(false);
    expect(at('DATABASE_URL', { DATABASE_URL_FILE: '/run/secrets/url' })).to.equal(false);
    expect(isAtStack('KAFKA_BROKERS', { KAFKA_BROKERS: '127.0.0.1:9092' }, join(folder, 'none'))).to.equal(
      false,
    );
  });

  it('is just the environment if there is no stack', () => {
    const variables = withCheckoutDefaults({ KAFKA_BROKERS: 'mine:9092' }, join(folder, 'none'));
    expect(variables).to.deep.equal({ env: { KAFKA_BROKERS: 'mine:9092' }, fromStack: [] });
  });
});
