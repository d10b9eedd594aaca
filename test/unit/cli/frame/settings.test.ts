import { expect } from 'chai';
import { PassThrough } from 'node:stream';
import { ConfigError } from '../../../../src/config/config-error.ts';
import { createOutput } from '../../../../src/cli/frame/output.ts';
import { createSettings } from '../../../../src/cli/frame/settings.ts';

describe('The settings of a command', () => {
  const output = createOutput({ stdout: new PassThrough(), stderr: new PassThrough() }, {});

  it('are those of the servers that it asks for', () => {
    const settings = createSettings(
      { KAFKA_BROKERS: 'one:1', SCHEMA_REGISTRY_URL: 'http://one', DATABASE_URL: 'postgres://one/x' },
      output,
    );
    expect(settings('kafka').kafka.brokers).to.deep.equal(['one:1']);
    expect(settings('database')).not.to.have.property('kafka');
    expect(settings()).to.have.property('http');
  });

  it('are refused with every mistake at once', () => {
    const settings = createSettings(
      { KAFKA_BROKERS: 'one', SCHEMA_REGISTRY_URL: 'one', DATABASE_URL: 'one' },
      output,
    );
    expect(() => settings())
      .to.throw(ConfigError)
      .with.property('problems')
      .that.has.length(3);
  });
});
